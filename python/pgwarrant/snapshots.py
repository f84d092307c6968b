"""Snapshots of a database's catalog, and the delta between two of them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pgwarrant import _core
from pgwarrant.artefact import json_bytes, write_whole
from pgwarrant.report.escape import visible
from pgwarrant.target import Target, conninfo_of

if TYPE_CHECKING:
    import arro3.core

__all__ = ["Delta", "Snapshot", "snapshot"]

# What a row of a delta holds.
COLUMNS = ("change", "kind", "schema", "name", "field", "before", "after")


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

    @classmethod
    def of_script(
        cls,
        script: bytes | str | Path,
        *,
        role: str | None = None,
        like: Snapshot | None = None,
        pg: int | None = None,
        bin_dir: str | None = None,
    ) -> Snapshot:
        """What a script makes of an empty database, built on a throw-away cluster by ``role`` or its superuser.

        The cluster is one as ``like`` came from: the same major, unless ``pg`` names one, and a superuser of the same
        name, so that what belongs to the server is no difference. A string is SQL, a path is the file that holds it.
        Roles that the script names have to be made in it.
        """
        from pgwarrant.cluster import EphemeralCluster

        content = script.read_bytes() if isinstance(script, Path) else script
        superuser, major = "postgres", pg
        if like is not None:
            superuser, major = like._superuser() or superuser, major or like.server_version_num // 10_000
        with EphemeralCluster(major, bin_dir=bin_dir, superuser=superuser) as cluster:
            target = cluster.create_database("script")
            if role is not None and role != superuser:
                cluster.run(f"CREATE ROLE {_quoted(role)} SUPERUSER LOGIN")
            # As psql would: a bare name means the schema public.
            found = content.encode() if isinstance(content, str) else content
            cluster.run(b'SET search_path = "$user", public; ' + found, database="script", role=role)
            return cls.read(target)

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

    def _superuser(self) -> str | None:
        """Who the server belongs to: plpgsql is there from the start."""
        owners = (made.get("owner") for made in self.objects() if made.get("name") == "extension plpgsql")
        return next(owners, None)

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

    >>> schema = {"kind": "schema", "path": ["s"]}
    >>> created = {"change": "created", "kind": "table", "path": ["s", "t"], "name": "table s.t", "within": [schema]}
    >>> delta = Delta({"changes": [created]})
    >>> delta
    Delta(1 created: 1 table)
    >>> delta.to_rows()[0]["name"], delta.to_rows()[0]["schema"]
    ('table s.t', 's')
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
    def renamed(self) -> list[dict[str, Any]]:
        """What is dropped and created among the changes and is one object under another name: ``name`` is ``now``.

        Known where both snapshots come from one database, by the object ids.
        """
        return list(self._document.get("renamed") or [])

    @property
    def dependencies(self) -> list[dict[str, Any]]:
        """What needs what among the changes, beside what it lies in: ``name`` and ``needs``, keys ``of`` and ``on``."""
        return list(self._document.get("dependencies") or [])

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Per noun: before, after and by how much."""
        return dict(self._document.get("counts") or {})

    @property
    def digest(self) -> str | None:
        """sha256 of the delta."""
        return self._document.get("digest")

    def within(self, *, schemas: Sequence[str] = (), objects: Sequence[str] = ()) -> Delta:
        """The part of it that lies in these schemas or objects, named ``app.users`` or ``table app.users``.

        A part has no digest and no counts of its own. A name that neither snapshot knows is an error, never an empty
        delta.
        """
        if not schemas and not objects:
            return self
        names = {_id(made): str(made.get("name")) for side in self._snapshots() for made in side.objects()}
        found: set[tuple[str, tuple[str, ...]]] = set()
        for kind, wanted in [*(("schema", name) for name in schemas), *(("object", name) for name in objects)]:
            of_it = {one for one, name in names.items() if _is_named(one, name, kind, wanted)}
            if not of_it:
                raise ValueError(f"neither side has the {kind} {wanted}")
            found |= of_it

        def inside(part: Mapping[str, Any]) -> bool:
            return _id(part) in found or any(_id(outer) in found for outer in part.get("within") or [])

        kept = [change for change in self.changes if inside(change)]
        same = [pair for pair in self.renamed if _id(pair["from"]) in found or _id(pair["to"]) in found]
        left = {_id(change) for change in kept}
        needs = [need for need in self.dependencies if {_id(need["of"]), _id(need["on"])} <= left]
        apart = ("digest", "counts", "renamed", "dependencies")
        whole = {name: value for name, value in self._document.items() if name not in apart}
        part = {**whole, "changes": kept, "within": {"schemas": list(schemas), "objects": list(objects)}}
        more = {"renamed": same, "dependencies": needs}
        return Delta({**part, **{name: value for name, value in more.items() if value}})

    def to_markdown(self) -> str:
        """The delta as Markdown."""
        from pgwarrant.report.render import render

        return render("DIFF.md.j2", delta=self.to_dict()).strip() + "\n"

    def to_html(self) -> str:
        """The delta as one HTML page without scripts."""
        from pgwarrant.report.render import render

        return render("DIFF.html.j2", delta=self.to_dict()).strip() + "\n"

    def inverse(self) -> dict[str, Any]:
        """The statements that undo this delta and a verdict per part; needs the two snapshots it came from."""
        before, after = self._snapshots()
        return _core.invert(before._core, after._core)

    def sql(self, *, data_loss: bool = False) -> str:
        """The DDL that leads from the first snapshot to the second, as one script; needs the two snapshots.

        It is written from the catalogs, never from anybody's text. What would lose rows or values is left out, with all
        that cannot be done without it, unless ``data_loss`` is true. What is left out, and what no statement can do,
        is said in comments.
        """
        before, after = self._snapshots()
        way = _core.way(before._core, after._core, data_loss)
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
            told = (change.get("change"), change.get("kind"), _schema(change), change.get("name"), None, None, None)
            row = dict(zip(COLUMNS, told, strict=True))
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

        return pandas.DataFrame(self.to_rows(), columns=list(COLUMNS))

    def to_arrow(self) -> arro3.core.Table:
        """An Arrow table of :meth:`to_rows`, all columns text; needs the extra ``arrow``.

        It goes into PyArrow, Polars, DuckDB or pandas as it is, by the Arrow PyCapsule interface, and so does the delta
        itself: ``pyarrow.table(delta)``.
        """
        from arro3.core import Array, DataType, Table

        rows = self.to_rows()
        return Table.from_pydict({name: Array([row[name] for row in rows], DataType.utf8()) for name in COLUMNS})

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.to_arrow().__arrow_c_stream__(requested_schema)

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


def _id(part: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    return str(part.get("kind")), tuple(part.get("path") or ())


def _schema(change: Mapping[str, Any]) -> str | None:
    """The schema an object lies in, or is."""
    around = [change, *(change.get("within") or [])]
    return next((str(part["path"][0]) for part in around if part.get("kind") == "schema"), None)


def _is_named(one: tuple[str, tuple[str, ...]], name: str, kind: str, wanted: str) -> bool:
    """Whether an object of this id and name is meant: a schema means what lies in it."""
    if kind == "schema":
        return one == ("schema", (wanted,))
    return wanted in (name, name.removeprefix(f"{one[0].replace('_', ' ')} "))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json_bytes(value).decode().strip()


def snapshot(target: Target | str) -> Snapshot:
    """Read the catalog of a database: ``pgwarrant.snapshot("service=directus").fingerprint``."""
    return Snapshot.read(target)


def taken(snapshot: Snapshot | str | os.PathLike[str] | None) -> _core.Snapshot | str | None:
    """A snapshot, or the file that holds one, as the core takes it."""
    return snapshot._core if isinstance(snapshot, Snapshot) else None if snapshot is None else os.fspath(snapshot)
