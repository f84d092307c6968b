-- contract: CLUSTER
CLUSTER app.t USING t_pkey;
