-- expect: risky-alteration
ALTER TYPE app.t OWNER TO x;
