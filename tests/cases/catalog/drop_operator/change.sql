DROP OPERATOR public.<< (int, text); DROP OPERATOR public.%% (NONE, int);
