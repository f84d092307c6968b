"""Phase 2, dry run: the change on an ephemeral cluster, forward, back and forward again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgwarrant import _core
from pgwarrant.artefact import DryRun
from pgwarrant.phases.definition import Phase
from pgwarrant.target import Target, conninfo_of

if TYPE_CHECKING:
    from pgwarrant.change import Change

PHASE = Phase("dry-run", "what does it do, what does it lock, can it be undone?", "never touched")


def run(
    change: Change,
    *,
    pg: int | None = None,
    bin_dir: str | None = None,
    base: str = "structural",
    target: Target | str | None = None,
    role: str | None = None,
) -> DryRun:
    """Rehearse the change; with ``base="restored"`` the target's schema is restored first."""
    return DryRun(
        _core.dry_run(
            dict(change.files),
            major=pg,
            bin_dir=bin_dir,
            base=base,
            target=None if target is None else conninfo_of(target),
            role=role,
        )
    )
