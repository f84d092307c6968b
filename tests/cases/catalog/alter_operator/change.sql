ALTER OPERATOR public.<< (int, text) SET (RESTRICT = scalargtsel, JOIN = NONE);
