CREATE TABLE public.schema_migrations (version character varying NOT NULL PRIMARY KEY);
CREATE TABLE public.ar_internal_metadata (key character varying NOT NULL PRIMARY KEY, value character varying, created_at timestamp(6) without time zone NOT NULL, updated_at timestamp(6) without time zone NOT NULL);
CREATE TABLE public.users (id bigserial PRIMARY KEY, email character varying DEFAULT '' NOT NULL, created_at timestamp(6) NOT NULL);
CREATE TABLE public.posts (id bigserial PRIMARY KEY, user_id bigint NOT NULL, title character varying, body text, tags character varying[] DEFAULT '{}'::character varying[]);
CREATE INDEX index_posts_on_user_id ON public.posts USING btree (user_id);
ALTER TABLE public.posts ADD CONSTRAINT fk_rails_5b5ddfd518 FOREIGN KEY (user_id) REFERENCES public.users(id);
