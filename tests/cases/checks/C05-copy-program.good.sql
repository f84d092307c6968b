COMMENT ON TABLE app.t IS '\copy (select 1) to program ''cat''';
