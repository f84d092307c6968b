"""The exceptions of pgwarrant, one class per room of the core.

They are written here, with real docstrings, and raised by Rust: the core looks the room up in :data:`CLASSES`.
A *finding* is data and never raised; an error says "I could not answer"; a refusal (bad signature, drift, missing
quorum) is an error too.

>>> error = ContractError("expected a number", code="contract.syntax", hint="write `= 12`", facts={"line": 3})
>>> error.code, error.exit_status
('contract.syntax', 4)
>>> print(error.explained())
contract.syntax: expected a number
hint: write `= 12`
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = [
    "CLASSES",
    "CODES",
    "ApplyError",
    "CatalogError",
    "ChangeError",
    "ChecksError",
    "ClusterError",
    "ConnectionFailed",
    "ContractError",
    "JournalError",
    "NotAuthorised",
    "PackageError",
    "PgWarrantError",
    "RehearsalError",
    "ScriptError",
    "SqlError",
]


class PgWarrantError(Exception):
    """Everything pgwarrant raises.

    ``code`` is ``room.slug`` and never changes once released, ``facts`` are the values behind the message, ``hint``
    says what to do, ``exit_status`` is what the command line ends with.
    """

    room = "base"
    default_exit_status = 4

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        facts: Mapping[str, Any] | None = None,
        hint: str | None = None,
        exit_status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code if code is not None else f"{self.room}.error"
        self.facts: dict[str, Any] = dict(facts or {})
        self.hint = hint
        self.exit_status = exit_status if exit_status is not None else self.default_exit_status

    def explained(self) -> str:
        """Code, message and hint, as the command line prints them."""
        hint = f"\nhint: {self.hint}" if self.hint else ""
        return f"{self.code}: {self.message}{hint}"

    def to_dict(self) -> dict[str, Any]:
        """The error as plain data, for agents and ``--format json``."""
        return {
            "error": self.code,
            "message": self.message,
            "hint": self.hint,
            "facts": self.facts,
            "exit_status": self.exit_status,
        }

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r}, code={self.code!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.code, self.facts, self.hint, self.exit_status)


def _rebuild(
    kind: type[PgWarrantError], message: str, code: str, facts: dict[str, Any], hint: str | None, exit_status: int
) -> PgWarrantError:
    return kind(message, code=code, facts=facts, hint=hint, exit_status=exit_status)


class ChangeError(PgWarrantError):
    """The change directory lacks a file, or holds one that cannot be read."""

    room = "change"
    default_exit_status = 2


class ChecksError(PgWarrantError):
    """What was to be checked was not named in a way that can be understood; faults *found* are data, not errors."""

    room = "checks"
    default_exit_status = 2


class ScriptError(PgWarrantError):
    """A text could not be split into statements, or SQL could not be taken out of a document."""

    room = "script"


class SqlError(PgWarrantError):
    """A statement could not be read by PostgreSQL's own parser."""

    room = "sql"


class ContractError(PgWarrantError):
    """The contract could not be read; ``facts`` hold line, column and what was expected."""

    room = "contract"


class ConnectionFailed(PgWarrantError):  # noqa: N818 - the name says what happened
    """The database could not be reached, or spoke in a way that is not accepted (for instance without TLS)."""

    room = "pg"


class CatalogError(PgWarrantError):
    """The catalog could not be read whole."""

    room = "catalog"


class ClusterError(PgWarrantError):
    """No server was found, or an ephemeral cluster could not be started or removed."""

    room = "cluster"


class RehearsalError(PgWarrantError):
    """The rehearsal could not be carried out; a change that merely fails in it is a result, not an error."""

    room = "rehearsal"


class PackageError(PgWarrantError):
    """A package could not be sealed, or is not byte for byte what its manifest says."""

    room = "package"
    default_exit_status = 3


class NotAuthorised(PgWarrantError):  # noqa: N818 - a refusal, not a fault
    """No valid warrant from a trusted key covers what was asked; nothing was changed."""

    room = "warrant"
    default_exit_status = 3


class JournalError(PgWarrantError):
    """The journal could not be written or its chain is broken."""

    room = "journal"


class ApplyError(PgWarrantError):
    """A run was refused or could not be brought to a known end; ``code`` and ``exit_status`` tell which."""

    room = "apply"
    default_exit_status = 3


#: Room of the core -> the class its errors are raised as. Rooms without a class of their own use the base class.
CLASSES: dict[str, type[PgWarrantError]] = {
    **{kind.room: kind for kind in PgWarrantError.__subclasses__()},
    **dict.fromkeys(("base", "delta", "inverse", "preflight", "rows"), PgWarrantError),
}

#: Codes raised on this side of the door, with what they mean; the core lists its own (``_core.codes()``).
CODES: dict[str, str] = {
    "change.already-exists": "There is a folder of that name already; nothing was written.",
    "change.missing-file": "The change lacks a file it cannot do without.",
    "change.not-a-directory": "What was named is not a folder, so it is no change.",
    "change.unreadable-file": "A file of the change could not be read.",
    "checks.settings": "The file with the settings of a check cannot be understood; nothing was checked.",
    "inverse.snapshots-missing": "A delta read from a file has no snapshots, so no way back can be made of it.",
    "mcp.evidence-missing": "The agent asked for a package before the phases that give its evidence.",
    "mcp.outside-workspace": "The agent named a path outside its workspaces; nothing was read or written there.",
    "mcp.unknown-target": "The agent named a target that the server was not started with.",
    "package.evidence-failed": "A phase did not pass, so there is nothing to approve yet; no package was made.",
    "package.no-run": "The package was never run, so there is no report.",
    "package.review-differs": "REVIEW.md does not say what the sealed evidence says; nothing was signed.",
    "warrant.already-filed": "A warrant with these very bytes lies there already.",
    "warrant.no-ssh-keygen": "There is no ssh-keygen on this machine, so nothing can be signed.",
    "warrant.no-such-key": "The ssh-agent cannot be reached, or holds no one key of that name; nothing was signed.",
    "warrant.no-such-warrant": "No one warrant of the package has that digest; nothing was signed.",
    "warrant.not-of-this-package": "A warrant filed with the package says something else than it; nothing was signed.",
    "warrant.no-terminal": "A key in an agent was to sign, and nobody at a terminal said so; nothing was signed.",
    "warrant.not-signed": "ssh-keygen made no signature; nothing was filed.",
}
