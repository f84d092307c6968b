CREATE INDEX i ON app.t (c text_pattern_ops);
