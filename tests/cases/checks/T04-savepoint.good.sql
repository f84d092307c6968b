CREATE TABLE app.savepoint (release int);
