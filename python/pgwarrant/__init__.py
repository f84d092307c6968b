"""pgwarrant takes one hand-written PostgreSQL schema change through governed phases.

An agent writes the DDL. A person signs the warrant. PostgreSQL is changed exactly as signed, or not at all.

Names are imported when they are first used, so that `pgwarrant check` starts as fast as it checks.
"""

from __future__ import annotations

# Named like the constant of `typing`, which type checkers know, without importing it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from pgwarrant import errors
    from pgwarrant._core import version as __version__
    from pgwarrant.artefact import Checked, DryRun, Preflight, Run
    from pgwarrant.change import Change
    from pgwarrant.checking import check
    from pgwarrant.cluster import EphemeralCluster, servers
    from pgwarrant.errors import (
        ApplyError,
        CatalogError,
        ChangeError,
        ChecksError,
        ClusterError,
        ConnectionFailed,
        ContractError,
        JournalError,
        NotAuthorised,
        PackageError,
        PgWarrantError,
        RehearsalError,
        ScriptError,
        SqlError,
    )
    from pgwarrant.package import Package
    from pgwarrant.phases import PHASES
    from pgwarrant.script import Script, Statement, freeze
    from pgwarrant.snapshots import Delta, Snapshot, snapshot
    from pgwarrant.target import Target

__all__ = [
    "PHASES",
    "ApplyError",
    "CatalogError",
    "Change",
    "ChangeError",
    "Checked",
    "ChecksError",
    "ClusterError",
    "ConnectionFailed",
    "ContractError",
    "Delta",
    "DryRun",
    "EphemeralCluster",
    "JournalError",
    "NotAuthorised",
    "Package",
    "PackageError",
    "PgWarrantError",
    "Preflight",
    "RehearsalError",
    "Run",
    "Script",
    "ScriptError",
    "Snapshot",
    "SqlError",
    "Statement",
    "Target",
    "__version__",
    "check",
    "errors",
    "freeze",
    "servers",
    "snapshot",
]

#: Module -> the public names it holds; a test compares this with the imports above.
_HOMES = {
    "artefact": ("Checked", "DryRun", "Preflight", "Run"),
    "change": ("Change",),
    "checking": ("check",),
    "cluster": ("EphemeralCluster", "servers"),
    "errors": (
        "ApplyError",
        "CatalogError",
        "ChangeError",
        "ChecksError",
        "ClusterError",
        "ConnectionFailed",
        "ContractError",
        "JournalError",
        "NotAuthorised",
        "PackageError",
        "PgWarrantError",
        "RehearsalError",
        "ScriptError",
        "SqlError",
    ),
    "package": ("Package",),
    "phases": ("PHASES",),
    "script": ("Script", "Statement", "freeze"),
    "snapshots": ("Delta", "Snapshot", "snapshot"),
    "target": ("Target",),
}


def __getattr__(name: str) -> object:
    """Import a public name from its module (PEP 562)."""
    if name == "__version__":
        home, held = "_core", "version"
    else:
        home, held = next(((module, name) for module, names in _HOMES.items() if name in names), ("", ""))
    if not home:
        # A module of the package that was not imported yet comes by here too.
        raise AttributeError(f"module 'pgwarrant' has no attribute {name!r}")
    import importlib

    value: object = getattr(importlib.import_module(f"pgwarrant.{home}"), held)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
