"""pgwarrant takes one hand-written PostgreSQL schema change through governed phases.

An agent writes the DDL. A person signs the warrant. PostgreSQL is changed exactly as signed, or not at all.
"""

from __future__ import annotations

from pgwarrant import errors
from pgwarrant._core import version as __version__
from pgwarrant.artefact import Checked, DryRun, Preflight, Run
from pgwarrant.change import Change
from pgwarrant.cluster import EphemeralCluster, servers
from pgwarrant.errors import (
    ApplyError,
    CatalogError,
    ChangeError,
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
from pgwarrant.snapshot import Delta, Snapshot, snapshot
from pgwarrant.target import Target

__all__ = [
    "PHASES",
    "ApplyError",
    "CatalogError",
    "Change",
    "ChangeError",
    "Checked",
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
    "errors",
    "freeze",
    "servers",
    "snapshot",
]
