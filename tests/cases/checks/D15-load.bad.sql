-- expect: opaque, not-allowed
LOAD 'x';
