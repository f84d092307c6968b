-- expect: outside-schema
ALTER TYPE secret.mood ADD VALUE 'wild';
