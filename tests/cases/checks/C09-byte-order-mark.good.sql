CREATE TABLE app.t (mark text DEFAULT U&'\FEFF');
