"""Phase 6, apply: exactly what was signed, in one transaction, verified before COMMIT, or nothing at all."""

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

PHASE = Phase("apply", "was it applied exactly as signed?", "written", needs_warrant=True)


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
    """Apply the package; the core re-reads and verifies everything itself. The report is written into the run."""
    record = _core.apply(
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
