"""Phase 4, package: everything a reviewer needs, rendered, sealed under one digest, and stop."""

from __future__ import annotations

import getpass
import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pgwarrant import _core, report
from pgwarrant.artefact import Artefact, Checked, DryRun, Preflight, json_bytes
from pgwarrant.errors import PackageError
from pgwarrant.phases import check
from pgwarrant.phases.definition import Phase

if TYPE_CHECKING:
    from pgwarrant.change import Change
    from pgwarrant.package import Package

PHASE = Phase("package", "what exactly is a person asked to approve?", "never touched")


def run(
    change: Change,
    *,
    dry_run: DryRun,
    preflight: Preflight,
    out: str | Path,
    requested_by: str | None = None,
    pg: int | None = None,
) -> Package:
    """Seal the change with its evidence. Evidence that did not pass is not sealed: there is nothing to approve yet."""
    from pgwarrant.package import Package

    checked = check.run(change, pg=pg)
    for evidence in (checked, dry_run, preflight):
        _require_passed(evidence)
    requester = requested_by or f"{getpass.getuser()}@{platform.node()}"
    files = contents(change.files, checked, dry_run, preflight, requested_by=requester)
    change_id = str(checked.get("change") or change.name)
    _core.seal(str(out), files, change_id=change_id, requested_by=requester)
    return Package.open(out)


def contents(
    files: Mapping[str, bytes], checked: Checked, dry_run: DryRun, preflight: Preflight, *, requested_by: str
) -> dict[str, bytes]:
    """Every file of a package but the manifest: the change, its evidence and what is rendered from it."""
    rollback = files.get("rollback.sql") or str(dry_run.get("rollback") or "").encode()
    sealed = {
        "change.sql": files["change.sql"],
        "change.contract": files["change.contract"],
        "rollback.sql": rollback,
        "verify.sql": report.verify_sql(dry_run.to_dict()).encode(),
        "check.json": checked.to_bytes(),
        "dry_run.json": dry_run.to_bytes(),
        "delta.json": json_bytes(dry_run.get("delta")),
        "locks.json": json_bytes({"format": 1, "locks": dry_run.locks}),
        "preflight.json": preflight.to_bytes(),
        **({"snapshot.json": preflight.snapshot} if preflight.snapshot is not None else {}),
    }
    return {**sealed, **rendered(sealed, requested_by=requested_by)}


def rendered(sealed: Mapping[str, bytes], *, requested_by: str) -> dict[str, bytes]:
    """The texts for people, made from the sealed bytes and from nothing else; `sign` makes them again to compare."""
    evidence: dict[str, Any] = {name: json.loads(sealed[f"{name}.json"]) for name in ("check", "dry_run", "preflight")}
    custody = report.custody({name: sealed[name] for name in sorted(sealed) if name not in report.RENDERED})
    return {
        "REVIEW.md": report.review_markdown(evidence, custody, requested_by=requested_by).encode(),
        "COMMANDS.md": report.commands_markdown(evidence, custody).encode(),
    }


def _require_passed(evidence: Artefact) -> None:
    if evidence.passed:
        return
    failed = [str(check.get("id")) for check in evidence.failed]
    raise PackageError(
        f"the {evidence.phase} ended in {evidence.outcome}, so there is nothing to approve yet",
        code="package.evidence-failed",
        facts={"phase": evidence.phase, "outcome": evidence.outcome, "failed": failed},
        hint=f"mend the change, then run `pgwarrant {evidence.phase}` again",
    )
