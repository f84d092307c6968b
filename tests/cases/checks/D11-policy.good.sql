CREATE POLICY p ON app.t USING (owner = current_user);
