-- expect: risky-alteration
ALTER TABLE app.t OWNER TO x;
