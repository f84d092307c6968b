CREATE TABLE app.explain (analyze_it boolean);
