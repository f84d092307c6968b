CREATE TABLE app.child (parent int, CONSTRAINT child_parent FOREIGN KEY (parent) REFERENCES app.parent (id) DEFERRABLE INITIALLY DEFERRED);
