UPDATE app.t SET c = 'x';
