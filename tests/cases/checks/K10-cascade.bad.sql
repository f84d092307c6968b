-- expect: cascade
-- contract: CREATE EXTENSION
CREATE EXTENSION e CASCADE;
