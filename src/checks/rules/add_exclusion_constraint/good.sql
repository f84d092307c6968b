CREATE TABLE app.t (id bigint PRIMARY KEY, during tstzrange, EXCLUDE USING gist (during WITH &&));
