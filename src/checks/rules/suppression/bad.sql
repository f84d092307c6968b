-- pgwarrant: allow cascade because it is late
CREATE TABLE app.t (id int);
