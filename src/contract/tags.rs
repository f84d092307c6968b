//! The command tags a contract can allow: those of statements that can be part of a change.

use super::grammar::nearest;

const NOUNS: &str = "ACCESS METHOD,AGGREGATE,CAST,COLLATION,CONVERSION,DATABASE,DOMAIN,EVENT TRIGGER,EXTENSION,FOREIGN \
    DATA WRAPPER,FOREIGN TABLE,FUNCTION,INDEX,LANGUAGE,MATERIALIZED VIEW,OPERATOR,OPERATOR CLASS,OPERATOR FAMILY,\
    POLICY,PROCEDURE,PUBLICATION,ROLE,ROUTINE,RULE,SCHEMA,SEQUENCE,SERVER,STATISTICS,SUBSCRIPTION,TABLE,TABLESPACE,\
    TEXT SEARCH CONFIGURATION,TEXT SEARCH DICTIONARY,TEXT SEARCH PARSER,TEXT SEARCH TEMPLATE,TRANSFORM,TRIGGER,TYPE,\
    USER MAPPING,VIEW";

const OTHERS: &str = "ALTER DEFAULT PRIVILEGES,ALTER LARGE OBJECT,ALTER SYSTEM,ANALYZE,BEGIN,CALL,CHECKPOINT,CLUSTER,\
    COMMENT,COMMIT,COPY,CREATE TABLE AS,DELETE,DISCARD ALL,DO,DROP OWNED,EXECUTE,GRANT,GRANT ROLE,IMPORT FOREIGN \
    SCHEMA,INSERT,LISTEN,LOAD,LOCK TABLE,MERGE,NOTIFY,PREPARE,REASSIGN OWNED,REFRESH MATERIALIZED VIEW,REINDEX,RESET,\
    REVOKE,REVOKE ROLE,SECURITY LABEL,SELECT,SELECT INTO,SET,SET CONSTRAINTS,SHOW,START TRANSACTION,TRUNCATE TABLE,\
    UPDATE,VACUUM";

fn all() -> Vec<String> {
    let nouns = NOUNS.split(',').flat_map(|noun| ["CREATE", "ALTER", "DROP"].map(|verb| format!("{verb} {noun}")));
    nouns.chain(OTHERS.split(',').map(str::to_owned)).collect()
}

/// The tag as the server writes it, if there is such a tag.
pub fn known(written: &str) -> Option<String> {
    let tag = written.to_ascii_uppercase();
    all().into_iter().find(|known| *known == tag)
}

/// The tag, or the other kind of line, that was probably meant.
pub fn nearest_to(written: &str) -> Option<String> {
    let all = all();
    let lines = ["within schema", "transaction one", "permit cascade", "permit opaque", "permit dynamic sql"];
    nearest(written, all.iter().map(String::as_str).chain(lines))
}
