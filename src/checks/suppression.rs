//! `-- pgwarrant: allow <slug> because <reason>` above a statement: a hazard that the author has weighed. It needs a
//! reason, it shows in every report, and it never works for a gate rule.

use thin_vec::ThinVec;

use crate::base::Span;

/// One such comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    pub slug: String,
    pub reason: String,
    pub span: Span,
    /// What is wrong with it, if something is.
    pub fault: Option<String>,
}

const MARK: &str = "pgwarrant:";

/// The comments in the text before a statement, which begins where the one before it ended.
pub fn read(text: &str, offset: usize) -> ThinVec<Suppression> {
    let mut found = ThinVec::new();
    let mut at = offset;
    for line in text.split_inclusive('\n') {
        let start = at + line.len() - line.trim_start().len();
        at += line.len();
        let Some(comment) = line.trim().strip_prefix("--") else { continue };
        let Some(words) = comment.trim_start().strip_prefix(MARK) else { continue };
        let span = Span::new(start, start + line.trim().len());
        let mut suppression = one(words.trim(), span);
        // Behind the statement before it on one line: whom it is about nobody can tell.
        if offset > 0 && span.start < offset + text.find('\n').unwrap_or(text.len()) {
            suppression.fault.get_or_insert_with(|| "it stands behind a statement, not above one".to_owned());
            suppression.slug.clear();
        }
        found.push(suppression);
    }
    found
}

fn one(words: &str, span: Span) -> Suppression {
    let fault =
        |why: &str| Suppression { slug: String::new(), reason: String::new(), span, fault: Some(why.to_owned()) };
    let Some(rest) = words.strip_prefix("allow ") else {
        return fault("it does not say `allow <rule> because <reason>`");
    };
    let Some((slug, reason)) = rest.split_once(" because ") else { return fault("it gives no reason (`because ...`)") };
    if reason.trim().is_empty() {
        return fault("it gives no reason (`because ...`)");
    }
    Suppression { slug: slug.trim().to_owned(), reason: reason.trim().to_owned(), span, fault: None }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_suppression_names_a_rule_and_a_reason() {
        let found = read("\n-- words\n  -- pgwarrant: allow drop-column because unused since May\n", 10);
        assert_eq!((found[0].slug.as_str(), found[0].reason.as_str()), ("drop-column", "unused since May"));
        assert_eq!((found[0].span.start, found[0].fault.as_deref()), (22, None));
        assert!(read("-- pgwarrant: allow drop-column", 0)[0].fault.is_some());
        assert!(read("-- pgwarrant: drop-column because x", 0)[0].fault.is_some());
        assert!(read(" -- pgwarrant: allow rename because x\n", 20)[0].fault.is_some());
        assert!(read("-- a pgwarrant: allow x because y", 0).is_empty());
    }
}
