-- expect: cascade
-- contract: DROP OWNED
-- contract: permit cascade
DROP OWNED BY r;
