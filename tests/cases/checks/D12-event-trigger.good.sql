CREATE TABLE app.event (trigger_name text);
