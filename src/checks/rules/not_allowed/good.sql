CREATE TABLE app."grant" (id int);
