CREATE SUBSCRIPTION s CONNECTION 'host=nowhere password=p' PUBLICATION a WITH (connect = false, slot_name = NONE, enabled = false);
