"""What a phase leaves behind: one JSON document each, held as an object with a few names to reach into it.

The document is the truth: it is what gets written, sealed and signed. The attributes here only read it.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, TypeVar

__all__ = ["Artefact", "Checked", "DryRun", "Preflight", "Run", "json_bytes", "write_whole"]

Kind = TypeVar("Kind", bound="Artefact")


def json_bytes(value: Any) -> bytes:
    """One way to write JSON everywhere: sorted keys, two spaces, UTF-8, a last newline.

    >>> json_bytes({"b": 1, "a": "ä"}).decode()
    '{\\n  "a": "ä",\\n  "b": 1\\n}\\n'
    """
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")


def write_whole(path: str | Path, content: bytes) -> Path:
    """Write a file so that it appears complete or not at all."""
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(draft).chmod(0o644)
        Path(draft).replace(file)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return file


def snapshot_beside(file: Path) -> Path:
    """Where the snapshot of a preflight lies: ``preflight.json`` has ``preflight.snapshot.json`` beside it."""
    return file.with_suffix(".snapshot.json")


class Artefact:
    """A phase's document: an ``outcome`` (PASS, FAIL, BLOCKED or ROLLED_BACK) and the ``checks`` behind it."""

    phase: ClassVar[str] = ""
    file_name: ClassVar[str] = ""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document: dict[str, Any] = dict(document)

    @classmethod
    def load(cls: type[Kind], path: str | Path) -> Kind:
        """Read a document written earlier."""
        return cls(json.loads(Path(path).read_bytes()))

    def save(self, path: str | Path) -> Path:
        """Write the document; the file appears complete or not at all."""
        return write_whole(path, self.to_bytes())

    def to_dict(self) -> dict[str, Any]:
        """The document itself, as plain data."""
        return json.loads(self.to_bytes())  # type: ignore[no-any-return]

    def to_bytes(self) -> bytes:
        """The document as it is written and sealed."""
        return json_bytes(self._document)

    def __getitem__(self, name: str) -> Any:
        return self._document[name]

    def get(self, name: str, default: Any = None) -> Any:
        """A field of the document, or a default."""
        return self._document.get(name, default)

    @property
    def outcome(self) -> str:
        """How the phase ended."""
        return str(self._document.get("outcome", "FAIL"))

    @property
    def passed(self) -> bool:
        """Whether the phase ended in PASS."""
        return self.outcome == "PASS"

    @property
    def checks(self) -> list[dict[str, Any]]:
        """Every check: id, check, expected, observed, result (PASS, FAIL or NOT_RUN), perhaps because."""
        return list(self._document.get("checks") or [])

    @property
    def failed(self) -> list[dict[str, Any]]:
        """The checks that did not pass; one that was not run did not pass."""
        return [check for check in self.checks if check.get("result") != "PASS"]

    def _counted(self) -> str:
        total = len(self.checks)
        return f"{total - len(self.failed)} of {total} checks passed"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.outcome}, {self._counted()})"

    def _repr_html_(self) -> str:
        from pgwarrant import notebook

        return notebook.artefact(self)


class Checked(Artefact):
    """What the check without a database found: statements, contract checks and findings."""

    phase = "check"
    file_name = "check.json"

    @property
    def findings(self) -> list[dict[str, Any]]:
        """Faults found, as data."""
        return list(self._document.get("findings") or [])

    @property
    def path(self) -> str | None:
        """What was checked, where it was named by a path: a SQL file or a change directory."""
        path = self._document.get("path")
        return None if path is None else str(path)

    @property
    def error(self) -> dict[str, Any] | None:
        """Why it was not read, where the outcome is NOT_RUN: code, message, hint, facts and exit status."""
        error = self._document.get("error")
        return None if error is None else dict(error)

    def __repr__(self) -> str:
        return f"Checked({self.outcome}, {self._counted()}, {len(self.findings)} findings)"


class DryRun(Artefact):
    """What the rehearsal on an ephemeral cluster measured."""

    phase = "dry-run"
    file_name = "dry_run.json"

    @property
    def delta(self) -> Any:
        """What the change does to the catalog, as a :class:`pgwarrant.Delta`."""
        from pgwarrant.snapshots import Delta

        return Delta(self._document.get("delta") or {})

    @property
    def locks(self) -> list[dict[str, Any]]:
        """The locks it takes: mode, on what, what that blocks, from which statement, for how long."""
        return list(self._document.get("locks") or [])

    @property
    def inverse(self) -> dict[str, Any]:
        """The statements that undo it, with a verdict per part: exact, lossy or impossible."""
        return dict(self._document.get("inverse") or {})

    @property
    def proof(self) -> dict[str, Any]:
        """Catalog fingerprints: before, after, undone and redone."""
        return dict(self._document.get("proof") or {})

    @property
    def statements(self) -> list[dict[str, Any]]:
        """Each statement as it ran: duration, rows, locks, rewrites."""
        return list(self._document.get("statements") or [])


class Preflight(Artefact):
    """What a read-only look at the target found."""

    phase = "preflight"
    file_name = "preflight.json"

    def __init__(self, document: Mapping[str, Any], *, snapshot: bytes | None = None) -> None:
        super().__init__(document)
        self._snapshot = snapshot

    @classmethod
    def load(cls, path: str | Path) -> Preflight:
        """Read a preflight written earlier, with the snapshot beside it."""
        file = Path(path)
        beside = snapshot_beside(file)
        return cls(json.loads(file.read_bytes()), snapshot=beside.read_bytes() if beside.is_file() else None)

    def save(self, path: str | Path) -> Path:
        """Write the document, and the snapshot it was read from beside it."""
        if self._snapshot is not None:
            write_whole(snapshot_beside(Path(path)), self._snapshot)
        return super().save(path)

    @property
    def snapshot(self) -> bytes | None:
        """The target's whole catalog, as the snapshot's JSON."""
        return self._snapshot

    @property
    def target(self) -> dict[str, Any]:
        """The identity of the database that was looked at."""
        return dict(self._document.get("target") or {})


class Run(Artefact):
    """One attempt to apply or roll back a package: the execution record."""

    phase = "apply"
    file_name = "execution.json"

    def __init__(self, document: Mapping[str, Any], *, folder: Path | None = None) -> None:
        super().__init__(document)
        self.folder = folder

    @property
    def operation(self) -> str:
        """``apply`` or ``rollback``."""
        return str(self._document.get("operation", "apply"))

    @property
    def report(self) -> Any:
        """The report of this run: ``.markdown``, ``.html``, ``.write(folder)``."""
        from pgwarrant.report import RunReport

        return RunReport(self._document, folder=self.folder)

    @property
    def delta(self) -> Any:
        """The change of the catalog seen inside the transaction, as a :class:`pgwarrant.Delta`."""
        from pgwarrant.snapshots import Delta

        return Delta(self._document.get("delta") or {})

    def __repr__(self) -> str:
        return f"Run({self.operation}, {self.outcome}, {self._counted()})"
