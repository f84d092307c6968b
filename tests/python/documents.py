"""Hand-made artefacts in the shapes the core writes, with names chosen to break whatever shows them."""

from __future__ import annotations

from typing import Any

HOSTILE = "</td><script>alert(1)</script>|`x`\u202e*b*\n# head [a](javascript:x) @all https://evil.example \x1b[31m"


def check(number: object = 1, result: str = "PASS", **more: Any) -> dict[str, Any]:
    return {
        "id": f"V-{number}",
        "check": "tables in app + 12",
        "expected": "+12",
        "observed": "+12",
        "result": result,
        **more,
    }


def delta() -> dict[str, Any]:
    def change(verb: str, kind: str, *path: str, **more: Any) -> dict[str, Any]:
        return {"change": verb, "kind": kind, "path": list(path), "name": f"{kind} {'.'.join(path)}", **more}

    return {
        "format": 1,
        "before": "a" * 64,
        "after": "b" * 64,
        "digest": "c" * 64,
        "changes": [
            change("created", "table", "app", "orders"),
            change("created", "column", "app", "orders", "order_id"),
            change("created", "constraint", "app", "orders", "orders_pkey"),
            change("altered", "table", "app", HOSTILE, fields=[{"field": "comment", "from": None, "to": HOSTILE}]),
            change("dropped", "view", "app", "old_orders"),
        ],
        "counts": {
            "tables": {"before": 12, "after": 24, "by": 12},
            "views": {"before": 12, "after": 11, "by": -1},
            "enums": {"before": 0, "after": 0, "by": 0},
        },
    }


def target() -> dict[str, Any]:
    return {
        "host": "/run/postgresql",
        "database": HOSTILE,
        "database_oid": 16384,
        "system_identifier": "7000000000000000001",
        "server_version": "16.14",
        "server_version_num": 160014,
        "in_recovery": False,
        "session_user": "owner",
        "current_user": "owner",
        "timeline": 1,
        "transport": "unix-socket",
        "port": 5432,
        "read_only": False,
        "superuser": False,
    }


def check_document() -> dict[str, Any]:
    return {
        "format": 1,
        "outcome": "FAIL",
        "change": HOSTILE,
        "script": {"sha256": "d" * 64, "size": 5123, "statements": 28},
        "contract": {"sha256": "e" * 64},
        "statements": [],
        "tags": {"CREATE TABLE": 12, "COMMENT": 14},
        "checks": [check(1), check(2, "NOT_RUN", because=HOSTILE), check(3, "FAIL")],
        "findings": [
            {
                "rule": "drop-column",
                "severity": "warning",
                "file": "change.sql",
                "span": {"start": 3, "end": 9},
                "place": {"line": 3, "column": 2},
                "message": HOSTILE,
                "instruction": "keep the column",
            }
        ],
    }


def statements() -> list[dict[str, Any]]:
    lock = {"mode": "AccessExclusive", "on": HOSTILE, "kind": "table", "blocks": "everything, SELECT included"}
    return [
        {
            "index": number,
            "line": number * 3,
            "column": 1,
            "tag": "CREATE TABLE",
            "text": "CREATE TABLE app.orders ()",
            "rows": None,
            "duration_ms": 1.25,
            "locks": [lock],
            "rewrites": [],
        }
        for number in range(1, 4)
    ]


def dry_run_document() -> dict[str, Any]:
    return {
        "format": 1,
        "outcome": "PASS",
        "base": "structural",
        "started_at": "2026-01-01T00:00:00Z",
        "finished_at": "2026-01-01T00:00:01Z",
        "duration_ms": 423,
        "role": "owner",
        "cluster": {
            "server_version": "16.13",
            "server_version_num": 160013,
            "system_identifier": "1",
            "tcp_probe": "connection refused",
            "runs_as": "an unprivileged user",
            "removed": True,
        },
        "checks": [check(number) for number in range(6)],
        "statements": statements(),
        "locks": [
            {
                "mode": "AccessExclusive",
                "on": HOSTILE,
                "blocks": "everything, SELECT included",
                "from_statement": 1,
                "held_ms": 12.5,
            }
        ],
        "delta": delta(),
        "inverse": {
            "verdict": "lossy",
            "parts": [{"key": {}, "name": HOSTILE, "verdict": "lossy", "because": "it held rows"}],
            "statements": ["DROP TABLE app.orders"],
        },
        "rollback": "DROP TABLE app.orders;\n```\n# out of the block",
        "rollback_by_hand": False,
        "proof": {"before": "a" * 64, "after": "b" * 64, "undone": "a" * 64, "redone": "b" * 64},
        "rows": [{"table": HOSTILE, "inserted": 0, "updated": 86, "deleted": 0}],
        "values": [
            {
                "column": "public.unit.updated_at",
                "rows": 86,
                "changed": 86,
                "before": {"min": "2026-05-01", "max": "2026-05-03", "distinct": 3},
                "after": {"min": "2026-06-01", "max": "2026-06-01", "distinct": 1},
            }
        ],
        "not_covered": [
            {"kind": "publications", "because": HOSTILE, "held": 2},
            {"kind": "cast", "because": "x", "held": 0},
        ],
    }


def preflight_document() -> dict[str, Any]:
    return {
        "format": 1,
        "outcome": "PASS",
        "at": "2026-01-01T00:00:00Z",
        "target": target(),
        "checks": [check(number) for number in range(3)],
        "fingerprint": "f" * 64,
        "counts": {"tables": 12},
        "event_triggers": [{"name": HOSTILE}],
        "role_settings": [],
        "not_covered": [],
    }


def execution_document() -> dict[str, Any]:
    dry = dry_run_document()
    return {
        "format": 1,
        "operation": "apply",
        "outcome": "PASS",
        "started_at": "2026-01-01T00:00:00Z",
        "finished_at": "2026-01-01T00:00:01Z",
        "duration_ms": 400,
        "run": "20260101T000000Z",
        "package": "a1" * 32,
        "change": HOSTILE,
        "warrant": {
            "digest": "b2" * 32,
            "operation": "apply",
            "decision": "approve",
            "role": "owner",
            "nonce": "00ff",
            "not_before": "2026-01-01T00:00:00Z",
            "not_after": "2026-01-01T01:00:00Z",
            "supersedes": "c3" * 32,
            "because": HOSTILE,
            "signers": [{"principal": HOSTILE, "key_type": "ssh-ed25519", "fingerprint": "SHA256:abc"}],
        },
        "target": target(),
        "checks": [check(1), check(2, "FAIL", because=HOSTILE)],
        "backup": {
            "file": "backup.dump",
            "size": 64711523,
            "sha256": "1e" * 32,
            "started_at": "2026-01-01T00:00:00Z",
            "age_seconds": 9,
            "entries": 120,
            "client_version": "18.4",
        },
        "statements": statements(),
        "delta": delta(),
        "expected_delta": delta()["digest"],
        "transaction": {"xid": "751", "outcome": "committed", "evidence": "the marker is there"},
        "verification": [check(number) for number in range(4)],
        "created": [{"kind": "table", "name": HOSTILE, "facts": {"columns": 3, "rows": 0}}],
        "non_scope": [check("n", "PASS")],
        "rows": dry["rows"],
        "values": dry["values"],
        "error": {"sqlstate": "42501", "message": HOSTILE, "statement": 2, "line": 11, "text": HOSTILE},
        "rollback": {"executed": False, "why": "the verification passed"},
        "residual_risks": [{"id": "R1", "risk": HOSTILE, "mitigation": "compared before COMMIT"}],
        "custody": [{"artefact": "backup", "path": HOSTILE, "size": 64711523, "sha256": "1e" * 32}],
        "non_execution": HOSTILE,
        "next_step": "a person reads this report",
    }
