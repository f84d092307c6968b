CREATE TABLE public.e (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL DEFAULT now(), d jsonb) ;
ALTER TABLE public.e ADD PRIMARY KEY (id);
