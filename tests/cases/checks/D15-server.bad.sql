-- expect: not-allowed, outside-schema
CREATE SERVER s FOREIGN DATA WRAPPER f;
