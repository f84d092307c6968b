-- contract: REINDEX
-- contract: permit not in transaction
REINDEX (CONCURRENTLY) TABLE app.t;
