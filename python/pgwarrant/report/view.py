"""The artefacts, arranged for reading: sums, trees and bars. Only what was measured goes in, nothing is concluded."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = [
    "count_rows",
    "custody",
    "delta_tree",
    "lock_bars",
    "lock_mode",
    "major_of",
    "not_covered",
    "of_interest",
    "on_others",
    "opening",
    "outcome_class",
    "own_name",
    "tally",
    "traced",
    "unchanged_nouns",
]

LOCK_MODES = (
    "ACCESS SHARE",
    "ROW SHARE",
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
)


def lock_mode(mode: object) -> str:
    """A lock mode as the manual writes it.

    >>> lock_mode("AccessExclusive"), lock_mode("ACCESS SHARE"), lock_mode("RowExclusiveLock")
    ('ACCESS EXCLUSIVE', 'ACCESS SHARE', 'ROW EXCLUSIVE')
    """
    text = str(mode).removesuffix("Lock")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).upper()


def strength(mode: object) -> int:
    """How strong a lock mode is, from 1 to 8; 0 for one this version does not know."""
    text = lock_mode(mode)
    return LOCK_MODES.index(text) + 1 if text in LOCK_MODES else 0


def tally(checks: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many checks ended how.

    >>> tally([{"result": "PASS"}, {"result": "NOT_RUN"}])
    {'PASS': 1, 'FAIL': 0, 'NOT_RUN': 1}
    """
    found = Counter(str(check.get("result")) for check in checks)
    return {result: found.get(result, 0) for result in ("PASS", "FAIL", "NOT_RUN")}


def outcome_class(outcome: object) -> str:
    """Which of four colours an outcome, a result or a severity has."""
    text = str(outcome).upper()
    if text in {"PASS", "EXACT", "COMMITTED"}:
        return "good"
    if text in {"FAIL", "ERROR", "IMPOSSIBLE"}:
        return "bad"
    if text in {"BLOCKED", "ROLLED_BACK", "NOT_RUN", "WARNING", "LOSSY"}:
        return "warn"
    return "plain"


def count_rows(counts: Mapping[str, Any] | None, *, changed: bool = True) -> list[dict[str, Any]]:
    """The countable nouns that moved (or, with ``changed=False``, that did not), in order."""
    rows = []
    for noun, numbers in sorted((counts or {}).items()):
        by = numbers.get("by")
        if by is None:
            by = (numbers.get("after") or 0) - (numbers.get("before") or 0)
        if bool(by) == changed:
            rows.append({"noun": noun, "before": numbers.get("before"), "after": numbers.get("after"), "by": by})
    return rows


def unchanged_nouns(counts: Mapping[str, Any] | None) -> list[str]:
    """The nouns whose number is the same before and after."""
    return [str(row["noun"]) for row in count_rows(counts, changed=False)]


def delta_tree(delta: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The changes grouped by schema and by the relation they belong to, in their own order within each."""
    schemas: dict[str, dict[str, dict[str, Any]]] = {}
    for change in (delta or {}).get("changes") or []:
        path = [str(part) for part in change.get("path") or [change.get("name") or "?"]]
        holder = _holder(change, path)
        schema = path[0] if len(path) > 1 or change.get("kind") == "schema" else "(database)"
        group = schemas.setdefault(schema, {}).setdefault(holder, {"name": holder, "change": None, "parts": []})
        shown = {**change, "label": path[-1]}
        if len(path) <= 2 and holder == path[-1] and group["change"] is None:
            group["change"] = shown
        else:
            group["parts"].append(shown)
    return [
        {"schema": schema, "groups": [groups[name] for name in sorted(groups)]}
        for schema, groups in sorted(schemas.items())
    ]


def _holder(change: Mapping[str, Any], path: list[str]) -> str:
    """The object a change is shown under: what it lies in short of the schema, or itself."""
    for key in change.get("within") or []:
        inside = key.get("path") or []
        if key.get("kind") != "schema" and len(inside) == 2:
            return str(inside[1])
    return path[1] if len(path) > 1 else path[0]


def not_covered(rows: Iterable[Mapping[str, Any] | str] | None) -> dict[str, Any]:
    """What a proof leaves out: what is there and was not read, each for itself, and the kinds of which there are none.

    A static check says in one sentence what it cannot see; a snapshot says it per kind.

    >>> not_covered([{"kind": "cast", "because": "x", "held": 0}, {"kind": "role", "because": "y"}])
    {'held': [{'kind': 'role', 'because': 'y'}], 'none': ['cast']}
    """
    seen: dict[tuple[str, str], Mapping[str, Any]] = {}
    for said in rows or []:
        row = said if isinstance(said, Mapping) else {"kind": "by reading alone", "because": said}
        seen.setdefault((str(row.get("kind")), str(row.get("because"))), row)
    held = [row for row in seen.values() if row.get("held") != 0]
    named = {str(row.get("kind")) for row in held}
    return {"held": held, "none": sorted({str(row.get("kind")) for row in seen.values()} - named)}


def own_name(made: Mapping[str, Any]) -> str:
    """An object's name without its kind in front of it.

    >>> own_name({"kind": "table", "name": "table app.orders"})
    'app.orders'
    """
    return str(made.get("name")).removeprefix(f"{made.get('kind')} ")


def of_interest(facts: Mapping[str, Any] | None) -> str:
    """The facts of a created object a reader asks for, in words: names where there are names, else the value."""
    named = dict(facts or {})
    if named.get("column_order"):
        named["columns"] = named.pop("column_order")
        named.pop("column", None)
    words = []
    for name, value in sorted(named.items()):
        if value in (None, [], {}, False):
            continue
        shown = ", ".join(str(item) for item in value) if isinstance(value, list) else value
        words.append(f"{name.replace('_', ' ')}: {shown}")
    return "; ".join(words)


def opening(statement: Mapping[str, Any]) -> str:
    """The first line of a statement, cut to what a table has room for.

    >>> opening({"text": "CREATE TABLE app.orders (\\n    id int\\n)", "tag": "CREATE TABLE"})
    'CREATE TABLE app.orders ( …'
    """
    text = str(statement.get("text") or statement.get("tag") or "").strip()
    first, _, rest = text.partition("\n")
    if len(first) > 100:
        return f"{first[:99]}…"
    return f"{first} …" if rest else first


def traced(statements: Iterable[Mapping[str, Any]] | None) -> bool:
    """Whether locks were looked at: a run that traced none says nothing about them."""
    return any(statement.get("locks") for statement in statements or [])


def on_others(
    locks: Iterable[Mapping[str, Any]] | None, delta: Mapping[str, Any] | None
) -> tuple[list[Mapping[str, Any]], int]:
    """The locks on what was there before, and how many more are on what the change itself creates.

    Nobody else can see an object before its COMMIT, so a lock on it keeps nobody out.

    >>> delta = {"changes": [{"change": "created", "kind": "table", "path": ["app", "New"]}]}
    >>> on_others([{"on": 'app."New"'}, {"on": "app.old"}], delta)
    ([{'on': 'app.old'}], 1)
    """
    own = set()
    for change in (delta or {}).get("changes") or []:
        path = [str(part) for part in change.get("path") or []]
        if change.get("change") == "created" and len(path) > 1:
            own.add(f"{_identifier(path[0])}.{_identifier(path[-1])}")
    every = list(locks or [])
    others = [lock for lock in every if str(lock.get("on")) not in own]
    return others, len(every) - len(others)


def _identifier(name: str) -> str:
    plain = re.fullmatch(r"[a-z_][a-z0-9_$]*", name)
    return name if plain else '"' + name.replace('"', '""') + '"'


def lock_bars(
    locks: Iterable[Mapping[str, Any]] | None, delta: Mapping[str, Any] | None = None, *, limit: int = 40
) -> dict[str, Any]:
    """The locks as bars in per cent of the longest hold; every lock is held to the end of the transaction."""
    others, own = on_others(locks, delta)
    every = sorted(others, key=lambda lock: (-(strength(lock.get("mode"))), -(_number(lock.get("held_ms")))))
    longest = max((_number(lock.get("held_ms")) for lock in every), default=0.0)
    bars = []
    for lock in every[:limit]:
        held = _number(lock.get("held_ms"))
        share = 100.0 if longest <= 0 else max(0.6, 100.0 * held / longest)
        bars.append(
            {
                "mode": lock_mode(lock.get("mode")),
                "strength": strength(lock.get("mode")),
                "on": lock.get("on"),
                "blocks": lock.get("blocks"),
                "from": lock.get("from_statement"),
                "held_ms": lock.get("held_ms"),
                "left": round(100.0 - share, 2),
                "width": round(share, 2),
            }
        )
    return {"bars": bars, "more": max(0, len(every) - limit), "own": own, "longest": longest}


def custody(files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """Name, size and sha256 of each file.

    >>> custody({"a": b""})[0]["sha256"][:8]
    'e3b0c442'
    """
    return [
        {"artefact": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in files.items()
    ]


def major_of(server_version_num: object) -> int | None:
    """The major version in a version number: 160014 is 16."""
    number = _number(server_version_num)
    return int(number) // 10_000 if number else None


def _number(value: object) -> float:
    if isinstance(value, bool) or value is None:
        return 0.0
    try:
        return float(str(value))
    except ValueError:
        return 0.0
