-- contract: permit not in transaction
ALTER TABLE app.t DETACH PARTITION app.t_2019 CONCURRENTLY;
