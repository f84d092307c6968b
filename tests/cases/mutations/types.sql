--- an enum
-->
CREATE TYPE s.new AS ENUM ('a');
--- a value of an enum
-->
ALTER TYPE s.e ADD VALUE 'c';
--- a value of an enum in the middle
-->
ALTER TYPE s.e ADD VALUE 'c' BEFORE 'b';
--- a name of a value
-->
ALTER TYPE s.e RENAME VALUE 'a' TO 'new';
--- a composite type
-->
CREATE TYPE s.new AS (x int);
--- an attribute
-->
ALTER TYPE s.c ADD ATTRIBUTE new int;
--- a dropped attribute
-->
ALTER TYPE s.c DROP ATTRIBUTE x;
--- a type of an attribute
-->
ALTER TYPE s.c ALTER ATTRIBUTE x TYPE bigint;
--- a name of an attribute
-->
ALTER TYPE s.c RENAME ATTRIBUTE x TO new;
--- a range type
-->
CREATE TYPE s.new AS RANGE (subtype = int, multirange_type_name = s.news);
--- a base type
-->
CREATE TYPE s.new;
--- storage of a base type
CREATE TYPE s.b;
CREATE FUNCTION s.b_in(cstring) RETURNS s.b LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION s.b_out(s.b) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE s.b (INPUT = s.b_in, OUTPUT = s.b_out, INTERNALLENGTH = VARIABLE, STORAGE = extended);
-->
ALTER TYPE s.b SET (STORAGE = external);
--- a function of a base type
-->
ALTER TYPE s.shell SET (RECEIVE = s.base_recv);
--- a name of a type
-->
ALTER TYPE s.e RENAME TO new;
--- an owner of a type
-->
ALTER TYPE s.e OWNER TO ann;
--- a schema of a type
-->
ALTER TYPE s.e SET SCHEMA z;
--- a dropped type
-->
DROP TYPE s.e;
--- a domain
-->
CREATE DOMAIN s.new AS text NOT NULL;
--- a default of a domain
-->
ALTER DOMAIN s.d SET DEFAULT 5;
--- a default of a domain that goes
ALTER DOMAIN s.d SET DEFAULT 5;
-->
ALTER DOMAIN s.d DROP DEFAULT;
--- a domain that refuses NULL
-->
ALTER DOMAIN s.d SET NOT NULL;
--- a domain that takes NULL
ALTER DOMAIN s.d SET NOT NULL;
-->
ALTER DOMAIN s.d DROP NOT NULL;
--- a check of a domain
-->
ALTER DOMAIN s.d ADD CONSTRAINT new CHECK (VALUE < 9);
--- a dropped check of a domain
-->
ALTER DOMAIN s.d DROP CONSTRAINT d_positive;
--- a validated check of a domain
ALTER DOMAIN s.d ADD CONSTRAINT later CHECK (VALUE < 9) NOT VALID;
-->
ALTER DOMAIN s.d VALIDATE CONSTRAINT later;
--- a name of a check of a domain
-->
ALTER DOMAIN s.d RENAME CONSTRAINT d_positive TO new;
--- a name of a domain
-->
ALTER DOMAIN s.d RENAME TO new;
--- an owner of a domain
-->
ALTER DOMAIN s.d OWNER TO ann;
--- a schema of a domain
-->
ALTER DOMAIN s.d SET SCHEMA z;
--- a dropped domain
-->
DROP DOMAIN s.d;
--- a collation
-->
CREATE COLLATION s.new (provider = libc, locale = 'POSIX');
--- a name of a collation
-->
ALTER COLLATION s.co RENAME TO new;
--- an owner of a collation
-->
ALTER COLLATION s.co OWNER TO ann;
--- a schema of a collation
-->
ALTER COLLATION s.co SET SCHEMA z;
--- a dropped collation
-->
DROP COLLATION s.co;
