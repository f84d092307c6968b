CREATE	TABLE app.t (note text DEFAULT E'\v');
