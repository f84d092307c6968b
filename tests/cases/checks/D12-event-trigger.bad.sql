-- expect: not-allowed, opaque
CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION app.watch();
