CREATE TABLE public.t (a int, b int, c text);
CREATE PUBLICATION p FOR TABLE public.t WITH (publish_generated_columns = stored);
