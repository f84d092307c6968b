DROP INDEX app.t_c_idx;
