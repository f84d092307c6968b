-- flagged: rename
ALTER TYPE shop.mood RENAME VALUE 'calm' TO 'quiet';
