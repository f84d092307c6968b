"""A script: the statements `psql` would send, each with its place; and SQL taken out of a Markdown document."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pgwarrant import _core
from pgwarrant.artefact import Checked
from pgwarrant.snapshots import Snapshot, taken

__all__ = ["Script", "Statement", "freeze"]


@dataclass(frozen=True)
class Statement:
    """One statement: its text, its byte span, its line and column (from 1), its command tag and what is known of it."""

    text: str
    start: int
    end: int
    line: int
    column: int
    tag: str | None
    kind: str = "sql"
    facts: dict[str, Any] = field(default_factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The statement as plain data."""
        return asdict(self)


class Script:
    """The statements of one SQL text.

    >>> script = Script(b"CREATE TABLE t (a int);\\nSELECT 1;")
    >>> [(s.line, s.tag) for s in script.statements]
    [(1, 'CREATE TABLE'), (2, 'SELECT')]
    """

    def __init__(self, source: bytes | str, *, name: str = "change.sql") -> None:
        self.source = source.encode() if isinstance(source, str) else bytes(source)
        self.name = name
        self.statements: tuple[Statement, ...] = tuple(_statement(s) for s in _core.statements(self.source))

    @classmethod
    def open(cls, path: str | Path) -> Script:
        """Read a file once and split it."""
        file = Path(path)
        return cls(file.read_bytes(), name=file.name)

    def check(self, *, pg: int | None = None, snapshot: Snapshot | str | os.PathLike[str] | None = None) -> Checked:
        """Judge the script by the hazard rules alone, as nobody gave it a contract; ``pg`` is the server's major.

        ``snapshot`` is one of the target, or the file that holds it.

        >>> checked = Script(b"ALTER TABLE shop.orders DROP COLUMN note;").check(pg=16)
        >>> checked.outcome, "drop-column" in {finding["rule"] for finding in checked.findings}
        ('PASS', True)
        """
        return Checked(_core.check_script(self.source, name=self.name, pg=pg, snapshot=taken(snapshot)))

    def to_dict(self) -> dict[str, Any]:
        """The script as plain data."""
        return {"format": 1, "name": self.name, "statements": [s.to_dict() for s in self.statements]}

    def __iter__(self) -> Iterator[Statement]:
        return iter(self.statements)

    def __len__(self) -> int:
        return len(self.statements)

    def __repr__(self) -> str:
        return f"Script({self.name!r}, {len(self.statements)} statements)"


def _statement(found: dict[str, Any]) -> Statement:
    known = ("text", "start", "end", "line", "column", "tag", "kind", "facts")
    return Statement(**{"tag": None, **{name: found[name] for name in known if name in found}})


def freeze(
    document: bytes | str, *, heading: str | None = None, index: int | None = None, sha256: str | None = None
) -> bytes:
    """The SQL of one fenced block of a Markdown document, chosen by heading or index; refused when its sha256 differs.

    >>> freeze(b"# Step 2\\n```sql\\nSELECT 1;\\n```\\n", heading="Step 2")
    b'SELECT 1;\\n'
    """
    source = document.encode() if isinstance(document, str) else document
    return _core.freeze(source, heading=heading, index=index, sha256=sha256)
