-- expect: script.carriage-return
select 1 -- hidden, 2;
