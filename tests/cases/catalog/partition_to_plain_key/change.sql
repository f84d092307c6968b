ALTER TABLE public.e RENAME TO e_old; ALTER TABLE public.e_old RENAME CONSTRAINT e_pkey TO e_old_pkey; ALTER SEQUENCE public.e_id_seq RENAME TO e_old_id_seq;
CREATE TABLE public.e (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL DEFAULT now(), d jsonb, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE public.e_2020 PARTITION OF public.e FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') WITH (fillfactor=80);
CREATE INDEX ON public.e USING gin (d);
