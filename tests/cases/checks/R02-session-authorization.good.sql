CREATE TABLE app.session ("authorization" text);
