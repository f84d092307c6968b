-- contract: VACUUM
-- contract: permit not in transaction
VACUUM (FULL false) app.t;
