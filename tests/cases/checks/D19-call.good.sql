CREATE TABLE app.call (execute text, prepare text);
