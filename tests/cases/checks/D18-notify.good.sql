CREATE TABLE app.notify (id bigint DEFAULT nextval('app.shared'));
