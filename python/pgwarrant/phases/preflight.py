"""Phase 3, preflight: the target, read only, with a fixed set of queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgwarrant import _core
from pgwarrant.artefact import DryRun, Preflight
from pgwarrant.phases.definition import Phase
from pgwarrant.target import Target, conninfo_of

if TYPE_CHECKING:
    from pgwarrant.change import Change

PHASE = Phase("preflight", "is this the right target, and is it in the state the contract expects?", "read")


def run(change: Change, target: Target | str, *, dry_run: DryRun | None = None) -> Preflight:
    """Identify the target, read its catalog and look at what the contract says must hold before."""
    rehearsed = None if dry_run is None else dry_run.to_dict()
    document, snapshot = _core.preflight(dict(change.files), conninfo_of(target), dry_run=rehearsed)
    return Preflight(document, snapshot=snapshot)
