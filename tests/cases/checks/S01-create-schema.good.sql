CREATE TABLE app.schema (create_schema text);
