CREATE TABLE app.t (name text);
ALTER TABLE app.t ADD PRIMARY KEY (name);
