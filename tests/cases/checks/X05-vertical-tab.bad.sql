-- expect: script.control-character
CREATETABLE app.t (id int);
