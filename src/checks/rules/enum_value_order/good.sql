ALTER TYPE app.mood ADD VALUE 'calm' AFTER 'happy';
