-- expect: script.invisible-character
CREATE TABLE app.t (id int); -- ‮ ;)di tni( t.ppa ELBAT PORD
