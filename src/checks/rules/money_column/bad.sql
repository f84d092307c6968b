CREATE TABLE app.t (price money);
