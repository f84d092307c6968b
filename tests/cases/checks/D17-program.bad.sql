-- expect: copy, not-allowed
COPY app.t TO PROGRAM 'cat';
