-- expect: outside-schema
ALTER TABLE app.t SET SCHEMA public;
