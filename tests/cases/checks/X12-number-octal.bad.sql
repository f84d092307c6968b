-- expect: number-syntax
INSERT INTO app.t SELECT 0o17;
