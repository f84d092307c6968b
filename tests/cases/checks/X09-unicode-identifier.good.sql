COMMENT ON TABLE app.users IS U&'\0075sers';
