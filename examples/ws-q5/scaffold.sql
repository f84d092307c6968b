-- Dry run only, never shipped: the empty cluster has no governance schema, production has.
CREATE SCHEMA cutter_governance;
