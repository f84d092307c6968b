DROP TRIGGER x ON public.t; DROP TRIGGER y ON public.t; DROP TRIGGER z ON public.t;
