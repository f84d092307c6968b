DROP TABLE app.t RESTRICT; -- \restrict
