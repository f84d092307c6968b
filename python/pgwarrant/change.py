"""A change: a directory with a script, its contract and, if need be, a rollback and a scaffold for the dry run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from pgwarrant import _core
from pgwarrant.artefact import Checked, DryRun, Preflight, write_whole
from pgwarrant.errors import ChangeError
from pgwarrant.phases import check, dry_run, package, preflight
from pgwarrant.script import Script
from pgwarrant.snapshots import Snapshot
from pgwarrant.target import Target

if TYPE_CHECKING:
    from pgwarrant.package import Package

__all__ = ["Change"]

REQUIRED = ("change.sql", "change.contract")
OPTIONAL = ("rollback.sql", "scaffold.sql")


class Change:
    """The files of one change, read once; every phase works on these bytes and on no others."""

    def __init__(self, files: Mapping[str, bytes], *, name: str = "change", path: Path | None = None) -> None:
        for wanted in REQUIRED:
            if wanted not in files:
                raise ChangeError(
                    f"{path or name} has no {wanted}",
                    code="change.missing-file",
                    facts={"file": wanted, "path": str(path or name)},
                    hint="`pgwarrant init NAME` lays out a new change directory",
                )
        known = {file: bytes(files[file]) for file in (*REQUIRED, *OPTIONAL) if file in files}
        self.files: Mapping[str, bytes] = MappingProxyType(known)
        self.name = name
        self.path = path

    @classmethod
    def open(cls, path: str | Path) -> Change:
        """Read a change directory."""
        folder = Path(path)
        if not folder.is_dir():
            raise ChangeError(
                f"{folder} is not a directory",
                code="change.not-a-directory",
                facts={"path": str(folder)},
                hint="name the directory that holds change.sql and change.contract",
            )
        files: dict[str, bytes] = {}
        for name in (*REQUIRED, *OPTIONAL):
            try:
                files[name] = (folder / name).read_bytes()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise ChangeError(
                    f"{folder / name} cannot be read: {error.strerror}",
                    code="change.unreadable-file",
                    facts={"file": name, "path": str(folder)},
                    hint="check the file and its permissions",
                ) from error
        return cls(files, name=folder.resolve().name, path=folder)

    @property
    def script(self) -> Script:
        """The statements of ``change.sql``."""
        return Script(self.files["change.sql"])

    def check(self, *, pg: int | None = None, snapshot: Snapshot | str | os.PathLike[str] | None = None) -> Checked:
        """Phase 1: judge the script against the contract, without a database.

        ``snapshot`` is one of the target, or the file that holds it.
        """
        return check.run(self, pg=pg, snapshot=snapshot)

    def dry_run(
        self,
        *,
        pg: int | None = None,
        bin_dir: str | None = None,
        base: str = "structural",
        target: Target | str | None = None,
        role: str | None = None,
    ) -> DryRun:
        """Phase 2: rehearse the change on an ephemeral cluster proven not to be the target."""
        return dry_run.run(self, pg=pg, bin_dir=bin_dir, base=base, target=target, role=role)

    def preflight(self, target: Target | str, *, dry_run: DryRun | None = None) -> Preflight:
        """Phase 3: look at the target, read only."""
        return preflight.run(self, target, dry_run=dry_run)

    def package(
        self,
        target: Target | str | None = None,
        *,
        dry_run: DryRun,
        preflight: Preflight | None = None,
        out: str | Path,
        requested_by: str | None = None,
        pg: int | None = None,
    ) -> Package:
        """Phase 4: seal everything a reviewer needs, ask for a decision, and stop. Without a preflight one is made."""
        if preflight is None:
            if target is None:
                raise TypeError("package() needs a target, or a preflight of one")
            preflight = self.preflight(target, dry_run=dry_run)
        return package.run(self, dry_run=dry_run, preflight=preflight, out=out, requested_by=requested_by, pg=pg)

    def draft_contract(self, dry_run: DryRun) -> str:
        """A first contract from what a dry run saw, for a person to prune."""
        return _core.draft_contract(dict(self.files), dry_run.to_dict())

    @staticmethod
    def init(path: str | Path) -> Change:
        """Lay out a new change directory with a contract that refuses everything until it is edited."""
        folder = Path(path)
        if folder.exists() and any(folder.iterdir()):
            raise ChangeError(
                f"{folder} exists and is not empty",
                code="change.already-exists",
                facts={"path": str(folder)},
                hint="choose another name",
            )
        for file, text in NEW_CHANGE.items():
            write_whole(folder / file, text.format(name=folder.resolve().name).encode())
        return Change.open(folder)

    def __repr__(self) -> str:
        return f"Change({self.name!r}, {', '.join(self.files)})"


NEW_CHANGE = {
    "change.sql": """\
-- What {name} does. Schema-qualified names, one transaction around everything.

BEGIN;

COMMIT;
""",
    "change.contract": """\
# What {name} may do, what must hold before it and what must hold after it.

change {name}
target database postgres
role postgres

allow                                   # everything not allowed is refused
    transaction one

after
    V-1 nothing else changes
""",
}
