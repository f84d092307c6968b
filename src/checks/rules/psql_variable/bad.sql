INSERT INTO app.t (id) VALUES (:id);
