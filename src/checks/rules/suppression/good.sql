-- pgwarrant: allow drop-column because nobody reads it since May
ALTER TABLE app.t DROP COLUMN c;
