CREATE TABLE app."CASCADE" ("cascade" int, note text DEFAULT 'DROP TABLE x CASCADE'); -- CASCADE
COMMENT ON TABLE app."CASCADE" IS 'drop cascade'; /* CASCADE */
