"""The phases, in order. Each is one file with a ``PHASE`` and a ``run`` that converts and calls the core.

Adding a phase is one file here and one entry in :data:`PHASES`; the order and the shape are checked at import.
"""

from __future__ import annotations

from types import ModuleType

from pgwarrant.phases import (
    apply,
    check,
    dry_run,
    package,
    preflight,
    report,
    rollback,
    sign,
    status,
    verify,
)
from pgwarrant.phases.definition import Phase

__all__ = ["PHASES", "Phase"]

#: The modules of the phases, in the order a change goes through them.
PHASES: tuple[ModuleType, ...] = (
    check,
    dry_run,
    preflight,
    package,
    sign,
    apply,
    verify,
    rollback,
    report,
    status,
)


def _examine(modules: tuple[ModuleType, ...]) -> None:
    """Refuse to start with a phase that lacks its parts or stands in the wrong place."""
    names = [module.__name__.rsplit(".", 1)[1] for module in modules]
    for name, module in zip(names, modules, strict=True):
        phase = getattr(module, "PHASE", None)
        if not isinstance(phase, Phase) or not callable(getattr(module, "run", None)):
            raise ImportError(f"pgwarrant.phases.{name} lacks PHASE or run")
        if phase.module != name:
            raise ImportError(f"pgwarrant.phases.{name} calls itself {phase.name!r}")
        if (phase.target == "written") != phase.needs_warrant:
            raise ImportError(
                f"pgwarrant.phases.{name} writes to the target without a warrant, or asks for one in vain"
            )
    if len(set(names)) != len(names):
        raise ImportError("a phase is listed twice")
    if names.index("sign") > names.index("apply"):
        raise ImportError("apply stands before sign")


_examine(PHASES)
