-- expect: unqualified-name
ALTER TABLE t ADD COLUMN c int;
