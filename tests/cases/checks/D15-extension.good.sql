CREATE TABLE app.extension (language text, server text, load int);
