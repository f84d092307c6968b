-- expect: not-allowed
-- /*
CREATE SCHEMA x;
-- */
