DROP TABLE "My ""S"."Table";
