-- expect: cascade
-- contract: REVOKE
REVOKE SELECT ON app.t FROM r CASCADE;
