GRANT SELECT ON app.t TO reader;
