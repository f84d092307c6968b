"""The risks that remain before an apply, each read off a measurement in the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pgwarrant.report.view import lock_mode, major_of, on_others, strength

__all__ = ["residual_risks"]


def residual_risks(evidence: Mapping[str, Any]) -> list[dict[str, str]]:
    """What a reviewer has to weigh, and what is done about it."""
    dry = evidence.get("dry_run") or {}
    pre = evidence.get("preflight") or {}
    cluster, target = dry.get("cluster") or {}, pre.get("target") or {}
    found: list[tuple[str, str]] = []

    rehearsed, real = major_of(cluster.get("server_version_num")), major_of(target.get("server_version_num"))
    if rehearsed != real:
        found.append(
            (
                f"The dry run ran on PostgreSQL {cluster.get('server_version')}, the target is "
                f"{target.get('server_version')}: another major.",
                "The catalog is compared inside the transaction, before COMMIT; a difference rolls it back.",
            )
        )
    elif cluster.get("server_version_num") != target.get("server_version_num"):
        found.append(
            (
                f"The dry run ran on PostgreSQL {cluster.get('server_version')}, the target is "
                f"{target.get('server_version')}: same major, another minor.",
                "The catalog is compared inside the transaction, before COMMIT.",
            )
        )
    if dry.get("base") != "restored":
        found.append(
            (
                "The dry run was structural: it ran on a fresh cluster, not on a copy of the target.",
                "The preflight looked at the real target, and the conditions are checked again inside the transaction. "
                "Option B asks for a restored dry run first.",
            )
        )
    found.append(
        (
            "Somebody else may change the target between this preflight and the apply.",
            "The preflight runs again on the connection that applies; drift refuses the run.",
        )
    )
    for part in (dry.get("inverse") or {}).get("parts") or []:
        if part.get("verdict") != "exact":
            found.append(
                (
                    f"The rollback of {part.get('name')} is {part.get('verdict')}: "
                    f"{part.get('because') or 'no reason given'}",
                    "The backup taken before the run holds what a rollback cannot bring back.",
                )
            )
    for column in dry.get("values") or []:
        if column.get("changed"):
            found.append(
                (
                    f"The values of {column.get('column')} change in {column.get('changed')} of "
                    f"{column.get('rows')} rows and a rollback of the catalog does not bring the old ones back.",
                    "The contract declares it; the backup taken before the run holds the old values.",
                )
            )
    heavy = [lock for lock in on_others(dry.get("locks"), dry.get("delta"))[0] if strength(lock.get("mode")) >= 5]
    if heavy:
        listed = ", ".join(sorted({f"{lock_mode(lock.get('mode'))} on {lock.get('on')}" for lock in heavy})[:6])
        more = "" if len(heavy) <= 6 else f" and {len(heavy) - 6} more"
        found.append(
            (
                f"Locks that keep others out: {listed}{more}.",
                "They are held until COMMIT; the section on locks says what each blocks.",
            )
        )
    for trigger in pre.get("event_triggers") or []:
        name = trigger.get("name") if isinstance(trigger, Mapping) else trigger
        found.append(
            (
                f"The target has the event trigger {name}, which may act on the change.",
                "Everything written in the transaction is compared with the dry run before COMMIT.",
            )
        )
    return [
        {"id": f"R{number}", "risk": risk, "mitigation": mitigation}
        for number, (risk, mitigation) in enumerate(found, start=1)
    ]
