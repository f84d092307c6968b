CREATE TABLE app.lo_export (path text);
