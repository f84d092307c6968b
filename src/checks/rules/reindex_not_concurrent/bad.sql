-- contract: REINDEX
REINDEX TABLE app.t;
