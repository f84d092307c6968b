-- flagged: table-rewrite
CLUSTER;
