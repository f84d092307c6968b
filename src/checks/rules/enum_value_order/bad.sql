ALTER TYPE app.mood ADD VALUE 'calm';
