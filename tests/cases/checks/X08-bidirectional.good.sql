INSERT INTO app.t (note) VALUES (U&'\202E', 'שלום', 'سلام');
