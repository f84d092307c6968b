CREATE SCHEMA "My ""S"; CREATE TABLE "My ""S"."Table" ("select" int PRIMARY KEY, "A b" text, CONSTRAINT "Check it" CHECK ("select" > 0)); CREATE INDEX "I x" ON "My ""S"."Table" ("A b");
