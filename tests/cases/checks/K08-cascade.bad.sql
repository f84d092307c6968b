-- expect: cascade
-- contract: ALTER DOMAIN
ALTER DOMAIN app.d DROP CONSTRAINT c CASCADE;
