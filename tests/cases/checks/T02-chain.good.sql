-- contract: transaction one
BEGIN;
CREATE TABLE app.chain (commit_and_chain int);
COMMIT;
