"""`verify.sql`: plain SELECTs that let a person with psql see whether the change is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pgwarrant.report.escape import visible

__all__ = ["verify_sql"]

RELATIONS = frozenset({"table", "view", "materialized view", "sequence", "index"})


def verify_sql(dry_run: Mapping[str, Any]) -> str:
    """One SELECT per object the dry run saw created or dropped; each must answer ``t``.

    >>> delta = {"changes": [{"change": "created", "kind": "table", "path": ["s", "t"], "name": "table s.t"}]}
    >>> print(verify_sql({"delta": delta}).splitlines()[-1])
    SELECT 'created: table s.t' AS "check", (pg_catalog.to_regclass('"s"."t"') IS NOT NULL) AS holds;
    """
    changes = (dry_run.get("delta") or {}).get("changes") or []
    lines = [
        "-- What the change leaves behind, as plain SELECTs for psql. Read only; every row must say `t`.",
        "-- pgwarrant itself compares the whole catalog; this file is for a person who wants to look.",
        "SET standard_conforming_strings = on;",
        "SET default_transaction_read_only = on;",
    ]
    left_out = []
    for change in changes:
        verb = change.get("change")
        exists = _exists(str(change.get("kind")), [str(part) for part in change.get("path") or []])
        label = f"{verb}: {change.get('name')}"
        if exists is None or verb == "altered":
            left_out.append(label)
            continue
        holds = exists if verb == "created" else f"NOT {exists}"
        lines.append(f'SELECT {_literal(visible(label))} AS "check", ({holds}) AS holds;')
    for label in left_out:
        lines.append(f"-- looked at by pgwarrant only: {visible(label)}")
    return "\n".join(lines) + "\n"


def _exists(kind: str, path: list[str]) -> str | None:
    if kind in RELATIONS and len(path) == 2:
        return f"pg_catalog.to_regclass({_literal(_qualified(path))}) IS NOT NULL"
    if kind == "schema" and len(path) == 1:
        return f"pg_catalog.to_regnamespace({_literal(_identifier(path[0]))}) IS NOT NULL"
    if kind == "column" and len(path) == 3:
        return (
            "EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE NOT attisdropped AND attnum > 0"
            f" AND attrelid = pg_catalog.to_regclass({_literal(_qualified(path[:2]))})"
            f" AND attname = {_literal(path[2])})"
        )
    if kind == "constraint" and len(path) == 3:
        return (
            "EXISTS (SELECT FROM pg_catalog.pg_constraint"
            f" WHERE conrelid = pg_catalog.to_regclass({_literal(_qualified(path[:2]))})"
            f" AND conname = {_literal(path[2])})"
        )
    if kind == "trigger" and len(path) == 3:
        return (
            "EXISTS (SELECT FROM pg_catalog.pg_trigger"
            f" WHERE tgrelid = pg_catalog.to_regclass({_literal(_qualified(path[:2]))})"
            f" AND tgname = {_literal(path[2])})"
        )
    return None


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _qualified(path: list[str]) -> str:
    return ".".join(_identifier(part) for part in path)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
