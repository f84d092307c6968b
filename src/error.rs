//! The sum of the rooms' errors: what a caller of the whole library sees.

use serde_json::{Map, Value};

use crate::base::Coded;

macro_rules! sum {
    ($($room:ident($error:path)),+ $(,)?) => {
        /// Any room's error. Its code begins with the room's name.
        #[derive(Debug, thiserror::Error)]
        pub enum Error {
            $(#[error(transparent)] $room(#[from] $error),)+
        }

        impl Error {
            fn inner(&self) -> &dyn Coded {
                match self {
                    $(Self::$room(inner) => inner,)+
                }
            }
        }
    };
}

sum! {
    Script(crate::script::ScriptError),
    Sql(crate::sql::SqlError),
    Pg(crate::pg::PgError),
    Catalog(crate::catalog::CatalogError),
    Delta(crate::delta::DeltaError),
    Contract(crate::contract::ContractError),
    Change(crate::change::ChangeError),
    Checks(crate::checks::ChecksError),
    Inverse(crate::inverse::InverseError),
    Cluster(crate::cluster::ClusterError),
    Rows(crate::rows::RowsError),
    Rehearsal(crate::rehearsal::RehearsalError),
    Preflight(crate::preflight::PreflightError),
    Package(crate::package::PackageError),
    Warrant(crate::warrant::WarrantError),
    Journal(crate::journal::JournalError),
    Apply(crate::apply::ApplyError),
}

impl Coded for Error {
    fn code(&self) -> &'static str {
        self.inner().code()
    }

    fn hint(&self) -> Option<String> {
        self.inner().hint()
    }

    fn exit_status(&self) -> u8 {
        self.inner().exit_status()
    }

    fn facts(&self) -> Map<String, Value> {
        self.inner().facts()
    }
}

/// Every code that an error of any room can have, with what happened and what it means for the database. Ordered as the
/// rooms are; `tests/rust/architecture.rs` compares it with the sources in both directions.
#[rustfmt::skip]
pub const CODES: &[(&str, &str)] = &[
    ("script.empty", "The script holds no statement; no server was asked."),
    ("script.too-large", "The script is larger than the limit that is read; no server was asked."),
    ("script.not-utf8", "The script is not UTF-8 text, so its bytes have no certain meaning; no server was asked."),
    ("script.byte-order-mark", "The script begins with a byte order mark, which psql drops and a server refuses; no server was asked."),
    ("script.nul", "The script holds a NUL byte, after which programs disagree on what follows; no server was asked."),
    ("script.carriage-return", "The script holds a carriage return, which can end a comment unseen; no server was asked."),
    ("script.control-character", "The script holds a control character that a reviewer cannot see; no server was asked."),
    ("script.invisible-character", "The script holds a character that is invisible or turns the direction of text, so that it may read differently than it runs; no server was asked."),
    ("script.comment-too-deep", "Comments are nested deeper than the limit, which would stall a server's lexer; no server was asked."),
    ("script.unterminated-string", "A quoted string is never closed, so where its statement ends is unknown; no server was asked."),
    ("script.unterminated-identifier", "A quoted identifier is never closed, so where its statement ends is unknown; no server was asked."),
    ("script.unterminated-dollar-quote", "A dollar-quoted string is never closed, so where its statement ends is unknown; no server was asked."),
    ("script.unterminated-comment", "A comment is never closed, so what follows it might never run; no server was asked."),
    ("script.unterminated-parenthesis", "A parenthesis is never closed, so psql would wait for more and send nothing; no server was asked."),
    ("script.unterminated-body", "A BEGIN ATOMIC body is never ended, so where its statement ends is unknown; no server was asked."),
    ("script.around-data", "A statement begins in the line of a COPY FROM STDIN and goes on behind the data, so it stands nowhere in one piece; no server was asked."),
    ("script.block-absent", "The document holds no fenced SQL block that fits what was asked for; nothing was frozen."),
    ("script.block-ambiguous", "Several fenced SQL blocks of the document fit what was asked for; none was chosen."),
    ("script.block-unclosed", "A fenced block of the document is never closed, so what it holds is not certain; nothing was frozen."),
    ("script.digest-differs", "The fenced block is not the one whose digest was given; nothing was frozen."),
    ("script.not-a-digest", "The digest that was given is no sha256; nothing was compared."),
    ("sql.unparsable", "PostgreSQL's own parser refuses the statement; what cannot be parsed is never run."),
    ("sql.too-deep", "The statement is nested too deep to be inspected; what cannot be inspected is never run."),
    ("sql.no-statement", "The text holds no statement where one is expected; nothing was run."),
    ("sql.several-statements", "The text holds several statements where one is expected, so psql and the server disagree on where it ends; nothing was run."),
    ("sql.string-syntax", "The statement means something else on a server whose standard_conforming_strings is off; nothing was run."),
    ("sql.unknown-kind", "The statement is of a kind that this version does not know and therefore cannot judge; nothing was run."),
    ("sql.thread", "The thread that parses could not be started, for want of memory or processes; nothing was run."),
    ("pg.conninfo", "The connection string, or a file it names, cannot be read; no connection was tried."),
    ("pg.unknown-keyword", "The connection string uses a keyword that libpq does not know; no connection was tried."),
    ("pg.unsupported-value", "The connection string asks for something that cannot be honoured, and weakening it silently would be worse; no connection was tried."),
    ("pg.no-such-service", "No service file holds the service that was named; no connection was tried."),
    ("pg.settings-file", "A service file exists but cannot be read; no connection was tried."),
    ("pg.tls", "A certificate, a key or a root cannot be used as it was given; no connection was tried."),
    ("pg.connect", "No server could be reached, proven or logged in to; the target was not touched."),
    ("pg.wrong-kind-of-server", "Servers answered, but none is of the kind that target_session_attrs asks for; the target was not touched."),
    ("pg.pin", "A setting that decides how the bytes are read is not what it was pinned to; nothing more is run on this session."),
    ("pg.server", "The server refused a query of pgwarrant's own; the transaction it ran in was rolled back."),
    ("pg.lost", "The connection ended before the answer came; what had not been committed is rolled back by the server."),
    ("pg.decode", "The server answered in a form that this version does not know; the answer is not used."),
    ("pg.ran-behind", "The server ran a statement behind one that it had refused, so the transaction was no longer open; nothing more was sent."),
    ("pg.interrupted", "Someone asked to stop; the running query was cancelled and its transaction rolled back."),
    ("catalog.read", "The catalog could not be read, so nothing can be compared; nothing was changed."),
    ("catalog.search-path", "The session's search_path is not the pinned one, so names would come out ambiguous; nothing was read."),
    ("catalog.moving", "Others kept changing the catalog while it was read; nothing was read."),
    ("catalog.no-transaction", "No transaction is open, so the catalog could change while it is read; nothing was read."),
    ("catalog.shape", "The server described an object in a form that this version does not know; the snapshot is not taken."),
    ("catalog.version", "The server's major version is not among those whose catalog is known; nothing was read."),
    ("catalog.altered", "The facts in the snapshot file are not those it was saved with; it is not used."),
    ("catalog.format", "The snapshot was written by another version of pgwarrant, in a format this one does not read; nothing was compared."),
    ("catalog.json", "The snapshot file is not a snapshot; nothing was compared."),
    ("catalog.count", "The snapshot cannot count what was asked for; the count is not made, never guessed."),
    ("delta.json", "A delta could not be written or read as JSON; nothing was compared."),
    ("delta.format", "The delta was written by another version of pgwarrant, in a format this one does not read; nothing was compared."),
    ("contract.syntax", "A line of the contract is not understood; a contract that cannot be read allows nothing."),
    ("contract.unknown-tag", "The contract names a command tag that PostgreSQL does not have; a contract that cannot be read allows nothing."),
    ("contract.repeated-id", "Two lines of the contract have the same id, so a result could not be told apart; the contract is not used."),
    ("contract.repeated", "Something that may be said once stands in the contract twice; the contract is not used."),
    ("contract.only-after", "The contract compares with what was before in a place where there is no before; the contract is not used."),
    ("contract.name-parts", "A name in the contract has too few or too many parts to mean one object; the contract is not used."),
    ("contract.scope-parts", "A count in the contract is asked in something that cannot hold what is counted; the contract is not used."),
    ("contract.number-too-large", "A number in the contract is larger than any count can be; the contract is not used."),
    ("contract.too-deep", "A condition of the contract is nested deeper than a reviewer can follow; the contract is not used."),
    ("contract.line-too-long", "A line of the contract is longer than a reviewer can read aloud; the contract is not used."),
    ("contract.character", "The contract holds a character that a reviewer cannot see; the contract is not used."),
    ("contract.not-utf8", "The contract is not UTF-8 text; the contract is not used."),
    ("contract.too-large", "The contract is larger than the limit that is read; the contract is not used."),
    ("contract.missing", "The contract lacks a line that every contract has; the contract is not used."),
    ("change.missing-file", "The change lacks a file that every change has; no phase was begun."),
    ("change.unknown-file", "The change holds a file that no phase would read, and nothing in it may go unread; no phase was begun."),
    ("change.too-many-statements", "A script holds more statements than one change may; nothing was run."),
    ("change.forbidden", "The hand-written rollback does something that no rollback may do; it was not run."),
    ("checks.missing", "Something was named for a check that is not there; the rest was checked."),
    ("checks.unreadable", "A file or a directory could not be read, so nothing is known of it; the rest was checked."),
    ("checks.no-sql", "A directory was named for a check that holds nothing to check; the rest was checked."),
    ("checks.no-match", "A pattern was given for a check that fits no file; the rest was checked."),
    ("checks.pattern", "A pattern cannot be understood, so what it means to name is not certain."),
    ("checks.unknown-rule", "A rule was to be left out that does not exist; nothing was checked."),
    ("checks.snapshot-missing", "The snapshot that was named for a check is not there; nothing was checked."),
    ("checks.snapshot-unreadable", "The snapshot that was named for a check could not be read; nothing was checked."),
    ("checks.no-snapshot", "The file that was named as a snapshot for a check is none, or not whole; nothing was checked."),
    ("checks.gate-rule", "A gate rule was to be left out, and gates open by contract only; nothing was checked."),
    ("inverse.other-delta", "The delta is not the one between the two snapshots, so its undoing would be another one; no statement was made."),
    ("inverse.circle", "What the change made depends on itself in a circle, so no order of statements undoes it; no statement was made."),
    ("inverse.kind", "The delta holds a kind of object that this version cannot undo; no statement was made."),
    ("cluster.no-server", "This machine has no PostgreSQL server programs, so nothing can be rehearsed; the target was not touched."),
    ("cluster.no-such-major", "This machine has no PostgreSQL of the major version that was asked for; the target was not touched."),
    ("cluster.not-a-bin-folder", "The folder that was named holds no PostgreSQL server programs; the target was not touched."),
    ("cluster.no-tool", "A client program is missing beside the server programs; the target was not touched."),
    ("cluster.root", "PostgreSQL refuses to run as root and no other account could be used; no server was started."),
    ("cluster.tool", "One of PostgreSQL's programs ended with an error; what it was working on is removed."),
    ("cluster.not-started", "The ephemeral server did not come up; its folder is removed."),
    ("cluster.not-removed", "The ephemeral cluster's folder could not be removed and is still there; the target was not touched."),
    ("cluster.io", "A file or a process of the ephemeral cluster could not be made or reached; the target was not touched."),
    ("cluster.pg", "The ephemeral server runs but could not be reached; the target was not touched."),
    ("cluster.interrupted", "Someone asked to stop; the ephemeral server is stopped and its folder removed."),
    ("rows.question", "A condition about rows could not be answered by the server; it counts as not answered, never as true."),
    ("rows.unknown-guard", "What the package guards before a rollback is not what the catalog holds; nothing was asked and nothing was run."),
    ("rehearsal.scaffold", "The scaffold, which builds what the change stands on, failed in the ephemeral cluster; the change was not tried."),
    ("rehearsal.no-extension", "The change needs an extension that the server at hand does not have; no server was started."),
    ("rehearsal.no-target", "A restored base was asked for without a target to restore from; no server was started."),
    ("rehearsal.restore", "The target could not be copied into the ephemeral cluster; the target was only read."),
    ("rehearsal.inverse", "The way back could not be derived from what the change did in the ephemeral cluster; the target was not touched."),
    ("rehearsal.delta", "What the change did in the ephemeral cluster could not be compared; the target was not touched."),
    ("package.io", "A file of the package could not be read or written; the package is not used."),
    ("package.exists", "The folder for the package exists already, and a package is never overwritten; nothing was written."),
    ("package.not-a-package", "The folder is not a package; nothing was read from it."),
    ("package.manifest", "The package's manifest is not one that pgwarrant writes; the package is not used."),
    ("package.missing-file", "A sealed file is gone from the package, so it is not what was reviewed; the package is not used."),
    ("package.extra-file", "The package holds a file that was not sealed, so it is not what was reviewed; the package is not used."),
    ("package.changed-file", "A file of the package differs from what was sealed, so it is not what was reviewed; the package is not used."),
    ("package.not-a-file", "A name in the package is no plain file (a link or a folder), so its bytes are not certain; the package is not used."),
    ("package.bad-name", "A file name would lead out of the package; nothing was written."),
    ("warrant.none", "No person has decided on this operation of this package; nothing was run."),
    ("warrant.ambiguous", "Several warrants could authorise this operation, and pgwarrant does not choose; nothing was run."),
    ("warrant.malformed", "The warrant is not one that pgwarrant writes, byte for byte; nothing was run."),
    ("warrant.unsigned", "The warrant has no signature and therefore decides nothing; nothing was run."),
    ("warrant.signature-form", "The signature is not one that `ssh-keygen -Y sign` writes; nothing was run."),
    ("warrant.wrong-namespace", "The signature was made for another purpose than pgwarrant; nothing was run."),
    ("warrant.wrong-signature", "The signature does not fit the warrant's bytes, so one of them was changed; nothing was run."),
    ("warrant.unknown-key", "The key that signed is not in the trust root; nothing was run."),
    ("warrant.key-not-valid", "The key that signed is in the trust root, but not for this time or this purpose; nothing was run."),
    ("warrant.not-touched", "A hardware key signed without a person touching it; nothing was run."),
    ("warrant.self-approval", "Whoever asked for the decision also signed it; nothing was run."),
    ("warrant.quorum", "Fewer people have signed than the trust root asks for; nothing was run."),
    ("warrant.role-not-filled", "The policy wants a role filled by somebody who fills no other, and nobody who signed is left for it; nothing was run."),
    ("warrant.expired", "The warrant's time is over; nothing was run."),
    ("warrant.not-yet-valid", "The warrant's time has not begun; nothing was run."),
    ("warrant.too-long", "The warrant is valid for longer than the policy allows; nothing was run."),
    ("warrant.other-package", "The warrant is about another package, script, target or role; nothing was run."),
    ("warrant.not-approved", "The decision that was signed does not allow this; nothing was run."),
    ("warrant.other-operation", "The warrant authorises another operation; nothing was run."),
    ("warrant.superseded", "Another warrant names this one as superseded; it authorises nothing any more, even when it is named."),
    ("warrant.used", "The warrant was used by an earlier run, and each is good for one; nothing was run."),
    ("warrant.trust-root", "The trust root could be written by others, or cannot be read as one; nothing was run."),
    ("warrant.own-trust-root", "The process that applies could itself write the trust root, so that no signature proves who decided; nothing was run."),
    ("warrant.other-trust-root", "The trust root or its policy is not the one that the warrant was signed under; nothing was run."),
    ("warrant.io", "A warrant, a signature or the trust root could not be read or written; nothing was run."),
    ("journal.io", "The journal could not be read or written, and what cannot be recorded is not done; the transaction is not committed."),
    ("journal.busy", "Another process is writing the journal: its run is not over."),
    ("journal.torn", "Half an entry could not be taken back from the end of the journal, so nothing more is written to it."),
    ("journal.empty", "The journal holds no entry: its run ended before it did anything."),
    ("journal.chain-broken", "The journal's hash chain is broken: an entry was changed, removed or put in after it was written."),
    ("journal.encode", "An entry of the journal could not be written as JSON, and what cannot be recorded is not done; the transaction is not committed."),
    ("apply.phase-not-passed", "An earlier phase of the package did not pass; the target was not changed."),
    ("apply.check-failed", "The sealed script does not pass the static checks; the target was not changed."),
    ("apply.unproven-transport", "The connection does not prove which server answers; the target was not changed."),
    ("apply.other-target", "The server or database that answered is not the one that was signed; it was not changed."),
    ("apply.other-role", "The session runs as another role than the one that was signed; the target was not changed."),
    ("apply.target-ledger", "The target's own ledger of used nonces is missing where the policy asks for it, or is not the plain table it has to be; nothing was run."),
    ("apply.pooled", "Several sessions share one server process, so that nothing of a session would hold; nothing was run."),
    ("apply.standby", "The server that answered is a standby; it was not changed."),
    ("apply.read-only", "The target only allows reading; it was not changed."),
    ("apply.locked", "Another run holds the lock of this database; this one changed nothing."),
    ("apply.in-the-way", "Others hold or wait for locks that the change needs, and have for long; nothing was queued in front of anybody, and the warrant is still good."),
    ("apply.drift", "The target's catalog is not the one that was reviewed; it was not changed by this run."),
    ("apply.before", "Conditions that must hold before the change do not hold; the target was not changed."),
    ("apply.no-backup", "There is no backup where one was named; the target was not changed."),
    ("apply.old-backup", "The backup is older than the policy allows; the target was not changed."),
    ("apply.backup", "The backup is not whole, or not one of this target; the target was not changed."),
    ("apply.nothing-applied", "There is no applied run of this package to roll back; the target was not changed."),
    ("apply.applied-already", "The change was applied by an earlier run; this one changed nothing."),
    ("apply.unrecorded", "The run was committed, and its record could not be written; `pgwarrant status` says that it stands."),
    ("apply.unresolved", "Nobody knows yet whether an earlier run was committed; nothing is run until that is resolved."),
    ("apply.io", "A record of the run could not be read or written; a run whose record fails before COMMIT is rolled back."),
    ("apply.encode", "A record of the run could not be written as JSON; a run whose record fails before COMMIT is rolled back."),
];

/// What a code means.
///
/// ```
/// assert!(pgwarrant::error::meaning("apply.standby").unwrap().contains("standby"));
/// assert!(pgwarrant::error::meaning("apply.nonsense").is_none());
/// ```
pub fn meaning(code: &str) -> Option<&'static str> {
    CODES.iter().find(|(known, _)| *known == code).map(|(_, meaning)| *meaning)
}
