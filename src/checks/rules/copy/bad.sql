-- contract: COPY
COPY app.t FROM STDIN;
1
\.
