-- expect: script.control-character
CREATE TABLE app."evil[2Kname" (id int);
