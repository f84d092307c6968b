CREATE TABLE app.reset (role text DEFAULT 'RESET ROLE');
