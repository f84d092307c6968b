-- expect: psql-variable
UPDATE app.t SET a = (ARRAY[1,2,3])[1:VERSION_NUM] WHERE id = 1;
