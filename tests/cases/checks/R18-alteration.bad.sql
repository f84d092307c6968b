-- expect: risky-alteration
ALTER TABLE app.t SET TABLESPACE x;
