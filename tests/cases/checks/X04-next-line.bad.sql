-- expect: script.invisible-character
-- oneCREATE SCHEMA x;
CREATE TABLE app.t (id int);
