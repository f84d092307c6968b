"""Phase 9, report: what happened, built from the execution record and from nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pgwarrant.artefact import Run
from pgwarrant.errors import PackageError
from pgwarrant.phases.definition import Phase

if TYPE_CHECKING:
    from pgwarrant.package import Package

PHASE = Phase("report", "what happened, on what evidence, and what may happen next?", "never touched")


def folder_of(package: Package, record: dict[str, Any]) -> Path | None:
    """Where a run keeps its files."""
    named = record.get("run")
    if not named:
        return None
    for folder in (Path(str(named)), package.path / str(named), package.path / "runs" / str(named)):
        if folder.is_dir():
            return folder
    return None


def file_run(package: Package, record: dict[str, Any]) -> Run:
    """The run as an object, with ``REPORT.md`` and ``REPORT.html`` written beside its record."""
    done = Run(record, folder=folder_of(package, record))
    if done.folder is not None:
        done.report.write(done.folder)
    return done


def run(package: Package, *, number: int = -1) -> Run:
    """The last run (or another, counted from 0), its report written again."""
    runs = package.runs
    if not runs:
        raise PackageError(
            f"{package.path} has not been run yet",
            code="package.no-run",
            facts={"package": str(package.path)},
            hint="`pgwarrant status PACKAGE` says which step is next",
            exit_status=1,
        )
    chosen = runs[number]
    if chosen.folder is not None:
        chosen.report.write(chosen.folder)
    return chosen
