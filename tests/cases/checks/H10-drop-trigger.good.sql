-- not flagged: drop-index-not-concurrent, drop-table, trigger-on-live-table
DROP TRIGGER IF EXISTS stamp ON shop.item;
