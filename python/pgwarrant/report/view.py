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
    "outcome_class",
    "strongest_lock",
    "tally",
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


def strongest_lock(locks: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The strongest of some locks, if any."""
    return max(locks, key=lambda lock: strength(lock.get("mode")), default=None)


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
        schema = path[0] if len(path) > 1 else "(database)" if change.get("kind") != "schema" else path[0]
        owner = path[1] if len(path) > 1 else path[0]
        group = schemas.setdefault(schema, {}).setdefault(owner, {"name": owner, "change": None, "parts": []})
        if len(path) <= 2 and group["change"] is None and change.get("kind") not in {"index"}:
            group["change"] = change
        else:
            group["parts"].append(change)
    return [
        {"schema": schema, "groups": [groups[name] for name in sorted(groups)]}
        for schema, groups in sorted(schemas.items())
    ]


def lock_bars(locks: Iterable[Mapping[str, Any]], *, limit: int = 40) -> dict[str, Any]:
    """The locks as bars in per cent of the longest hold; every lock is held to the end of the transaction."""
    every = sorted(locks, key=lambda lock: (-(strength(lock.get("mode"))), -(_number(lock.get("held_ms")))))
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
    return {"bars": bars, "more": max(0, len(every) - limit), "longest": longest}


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
