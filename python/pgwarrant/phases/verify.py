"""Phase 7, verify: look at the target again, over a fresh connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgwarrant import _core
from pgwarrant.artefact import Run
from pgwarrant.phases.definition import Phase
from pgwarrant.target import Target, conninfo_of

if TYPE_CHECKING:
    from pgwarrant.package import Package

PHASE = Phase("verify", "does the target show what the package promised?", "read")


def run(package: Package, target: Target | str) -> Run:
    """Check the contract's ``after`` and the catalog against the package."""
    return Run({"operation": "verify", **_core.verify(str(package.path), conninfo_of(target))})
