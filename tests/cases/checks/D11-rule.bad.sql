-- expect: opaque, not-allowed
CREATE RULE r AS ON INSERT TO app.t DO SELECT evil();
