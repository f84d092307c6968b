"""Phase 10, status: where a package stands, which evidence is missing, which step is allowed next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pgwarrant import _core
from pgwarrant.phases.definition import Phase
from pgwarrant.target import Target, conninfo_of

if TYPE_CHECKING:
    from pgwarrant.package import Package

PHASE = Phase("status", "where does it stand, and what is the next allowed step?", "read")


def run(package: Package, target: Target | str | None = None) -> dict[str, Any]:
    """The state of the package; with a target, a run whose outcome is open is resolved."""
    return _core.status(str(package.path), target=None if target is None else conninfo_of(target))
