ALTER TABLE app.t OWNER TO somebody;
