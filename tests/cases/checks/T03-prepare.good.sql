CREATE TABLE app.prepare (transaction text DEFAULT 'PREPARE TRANSACTION');
