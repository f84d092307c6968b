-- expect: script.byte-order-mark
CREATE TABLE app.t (id int);
