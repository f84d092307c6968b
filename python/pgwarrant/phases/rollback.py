"""Phase 8, rollback: undo an applied package, under a warrant of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pgwarrant import _core
from pgwarrant.artefact import Run
from pgwarrant.phases import report
from pgwarrant.phases.definition import Phase
from pgwarrant.target import Target, conninfo_of

if TYPE_CHECKING:
    from pgwarrant.package import Package

PHASE = Phase("rollback", "is the target what it was before?", "written", needs_warrant=True)


def run(
    package: Package,
    target: Target | str,
    *,
    trust: str | Path,
    warrant: str | Path | None = None,
    backup: str | Path | None = None,
    prove_backup: bool = False,
    backup_target: Target | str | None = None,
    bin_dir: str | None = None,
    writable_trust: bool = False,
) -> Run:
    """Roll the package back; the report is written into the run."""
    record = _core.rollback(
        str(package.path),
        conninfo_of(target),
        trust=str(trust),
        warrant=None if warrant is None else Path(warrant).name.removesuffix(".json"),
        backup=None if backup is None else str(backup),
        prove_backup=prove_backup,
        backup_target=None if backup_target is None else conninfo_of(backup_target),
        bin_dir=bin_dir,
        writable_trust=writable_trust,
    )
    return report.file_run(package, record)
