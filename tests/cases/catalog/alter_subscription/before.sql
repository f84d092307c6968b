CREATE SUBSCRIPTION s CONNECTION 'host=nowhere' PUBLICATION a WITH (connect = false, slot_name = NONE, enabled = false);
