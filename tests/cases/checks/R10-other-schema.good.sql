CREATE TABLE app.public (secret text);
