CREATE TYPE app.mood AS ENUM ('calm', 'happy');
