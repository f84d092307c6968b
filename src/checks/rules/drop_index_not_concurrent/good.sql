-- contract: permit not in transaction
DROP INDEX CONCURRENTLY app.t_c_idx;
