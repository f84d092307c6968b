UPDATE app.t SET a = (ARRAY[1,2,3])[1:2] WHERE id = 1;
