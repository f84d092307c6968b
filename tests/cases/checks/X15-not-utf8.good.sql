INSERT INTO app.t (note) VALUES ('größer, 日本語, 😀', E'\xc3\xa9');
