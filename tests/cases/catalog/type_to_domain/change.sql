DROP VIEW public.v;
ALTER TABLE public.t ALTER e TYPE public.email;
DROP FUNCTION public.f(public.email);
CREATE DOMAIN public.mail AS text;
ALTER TABLE public.w ALTER e TYPE public.mail;
