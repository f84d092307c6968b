-- expect: dynamic-sql, opaque, not-allowed
SELECT dblink_exec('', 'create table escaped()');
