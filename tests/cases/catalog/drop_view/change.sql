DROP VIEW public.w, public.v;
