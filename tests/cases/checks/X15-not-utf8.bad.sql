-- expect: script.not-utf8
CREATE TABLE app.ÿ (id int);
