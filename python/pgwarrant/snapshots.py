"""Snapshots of a database's catalog, and the delta between two of them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pgwarrant import _core
from pgwarrant.artefact import json_bytes, write_whole
from pgwarrant.report.escape import visible
from pgwarrant.target import Target, conninfo_of

__all__ = ["Delta", "Snapshot", "snapshot"]


class Snapshot:
    """The whole catalog of one database at one instant, with a sha256 fingerprint."""

    def __init__(self, core: _core.Snapshot) -> None:
        self._core = core

    @classmethod
    def read(cls, target: Target | str) -> Snapshot:
        """Read the catalog of a database; the connection is read-only."""
        return cls(_core.Snapshot.read(conninfo_of(target)))

    @classmethod
    def load(cls, source: str | Path | bytes) -> Snapshot:
        """A snapshot written by :meth:`save`, from a path or from bytes."""
        content = source if isinstance(source, bytes) else Path(source).read_bytes()
        return cls(_core.Snapshot.load(content))

    def save(self, path: str | Path) -> Path:
        """Write the snapshot; the file appears complete or not at all."""
        return write_whole(path, self.to_bytes())

    def to_bytes(self) -> bytes:
        """The snapshot as JSON."""
        return self._core.to_json()

    def to_dict(self) -> dict[str, Any]:
        """The snapshot as plain data."""
        import json

        return json.loads(self.to_bytes())  # type: ignore[no-any-return]

    @property
    def fingerprint(self) -> str:
        """sha256 over everything structural; statistics and object ids are left out."""
        return self._core.fingerprint

    @property
    def database(self) -> str:
        """The name of the database."""
        return self._core.database

    @property
    def server_version_num(self) -> int:
        """The server's version as PostgreSQL counts it: 160014 is 16.14."""
        return self._core.server_version_num

    def objects(self) -> list[dict[str, Any]]:
        """Every object read."""
        return self._core.objects()

    def counts(self, schema: str | None = None) -> dict[str, int]:
        """How many of each countable noun, in the database or in one schema."""
        return self._core.counts(schema)

    def diff(self, other: Snapshot) -> Delta:
        """The changes between this snapshot and a later one."""
        return Delta(self._core.diff(other._core), before=self, after=other)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Snapshot) and self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __repr__(self) -> str:
        return f"Snapshot({self.database!r}, {self.fingerprint[:12]}, {len(self.objects())} objects)"

    def _repr_html_(self) -> str:
        from pgwarrant import notebook

        return notebook.snapshot(self)


class Delta:
    """The ordered difference of two snapshots.

    >>> delta = Delta({"changes": [{"change": "created", "kind": "table", "path": ["s", "t"], "name": "s.t"}]})
    >>> delta
    Delta(1 created: 1 table)
    >>> delta.to_rows()[0]["name"]
    's.t'
    """

    def __init__(
        self, document: Mapping[str, Any], *, before: Snapshot | None = None, after: Snapshot | None = None
    ) -> None:
        self._document = dict(document)
        self._before = before
        self._after = after

    @property
    def changes(self) -> list[dict[str, Any]]:
        """Each change: created, dropped or altered, of which kind, where, and which fields."""
        return list(self._document.get("changes") or [])

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Per noun: before, after and by how much."""
        return dict(self._document.get("counts") or {})

    @property
    def digest(self) -> str | None:
        """sha256 of the delta."""
        return self._document.get("digest")

    def inverse(self) -> dict[str, Any]:
        """The statements that undo this delta and a verdict per part; needs the two snapshots it came from."""
        before, after = self._snapshots()
        return _core.invert(before._core, after._core)

    def sql(self) -> str:
        """The DDL that leads from the first snapshot to the second, as one script; needs the two snapshots.

        It is the way back from the second to the first, taken the other way round: from the catalogs, never from
        anybody's text. What no statement can do is said in comments.
        """
        before, after = self._snapshots()
        way = _core.invert(after._core, before._core)
        # A name may hold a line break: written out, it cannot end the comment.
        reasons = (
            f"{part['verdict']}: {part['name']}: {part['because']}" for part in way["parts"] if "because" in part
        )
        said = [f"-- {visible(reason)}" for reason in reasons]
        return "\n".join([*said, "BEGIN;", *(f"{statement};" for statement in way["statements"]), "COMMIT;", ""])

    def _snapshots(self) -> tuple[Snapshot, Snapshot]:
        if self._before is None or self._after is None:
            from pgwarrant.errors import CLASSES

            raise CLASSES["inverse"](
                "this delta came without its snapshots, so no statements can be derived from it",
                code="inverse.snapshots-missing",
                hint="take the delta from `Snapshot.diff`, or read the inverse of the dry run",
                exit_status=2,
            )
        return self._before, self._after

    def to_dict(self) -> dict[str, Any]:
        """The delta as plain data."""
        import json

        return json.loads(json_bytes(self._document))  # type: ignore[no-any-return]

    def to_rows(self) -> list[dict[str, Any]]:
        """One flat row per change or altered field, ready for ``pandas.DataFrame`` or Arrow."""
        rows: list[dict[str, Any]] = []
        for change in self.changes:
            path = list(change.get("path") or [])
            row = {
                "change": change.get("change"),
                "kind": change.get("kind"),
                "schema": path[0] if path else None,
                "name": change.get("name"),
                "field": None,
                "before": None,
                "after": None,
            }
            fields = change.get("fields") or []
            rows.extend(
                {**row, "field": f.get("field"), "before": _text(f.get("from")), "after": _text(f.get("to"))}
                for f in fields
            )
            if not fields:
                rows.append(row)
        return rows

    def to_pandas(self) -> Any:
        """A ``pandas.DataFrame`` of :meth:`to_rows`; needs pandas."""
        import pandas

        return pandas.DataFrame(
            self.to_rows(), columns=["change", "kind", "schema", "name", "field", "before", "after"]
        )

    def __len__(self) -> int:
        return len(self.changes)

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __repr__(self) -> str:
        if not self.changes:
            return "Delta(empty)"
        parts = []
        for verb in ("created", "altered", "dropped"):
            kinds = Counter(str(c.get("kind")) for c in self.changes if c.get("change") == verb)
            if kinds:
                listed = ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()))
                parts.append(f"{sum(kinds.values())} {verb}: {listed}")
        return f"Delta({'; '.join(parts)})"

    def _repr_html_(self) -> str:
        from pgwarrant import notebook

        return notebook.delta(self)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json_bytes(value).decode().strip()


def snapshot(target: Target | str) -> Snapshot:
    """Read the catalog of a database: ``pgwarrant.snapshot("service=directus").fingerprint``."""
    return Snapshot.read(target)


def taken(snapshot: Snapshot | str | os.PathLike[str] | None) -> _core.Snapshot | str | None:
    """A snapshot, or the file that holds one, as the core takes it."""
    return snapshot._core if isinstance(snapshot, Snapshot) else None if snapshot is None else os.fspath(snapshot)
