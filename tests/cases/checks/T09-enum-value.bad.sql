-- flagged: enum-value-in-transaction
BEGIN;
ALTER TYPE app.mood ADD VALUE 'wild';
INSERT INTO app.t (mood) VALUES ('wild');
COMMIT;
