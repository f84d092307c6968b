-- contract: permit rename
ALTER TABLE app.a RENAME TO schema;
