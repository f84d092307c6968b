-- expect: opaque
CREATE POLICY p ON app.t USING (evil());
