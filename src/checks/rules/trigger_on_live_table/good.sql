CREATE TABLE app.t (id bigint PRIMARY KEY);
CREATE POLICY own ON app.t USING (true);
