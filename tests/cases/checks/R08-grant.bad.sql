-- expect: not-allowed
GRANT ALL ON app.t TO PUBLIC;
