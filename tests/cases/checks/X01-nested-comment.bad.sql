-- expect: not-allowed
/* /* */ nothing */ CREATE SCHEMA x;
