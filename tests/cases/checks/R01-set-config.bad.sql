-- expect: session-setting, opaque
CREATE TABLE app.x AS SELECT set_config('role', 'none', false);
