"""A sealed package: what a reviewer signs, and the only thing that can be applied."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pgwarrant import _core
from pgwarrant.artefact import Checked, DryRun, Preflight, Run
from pgwarrant.phases import apply, rollback, sign, status, verify
from pgwarrant.target import Target, conninfo_of

__all__ = ["Package"]


class Package:
    """A sealed directory whose identity is one sha256 over all of it. Opening it verifies every byte."""

    def __init__(self, path: str | Path, opened: dict[str, Any]) -> None:
        self.path = Path(path)
        self._opened = opened

    @classmethod
    def open(cls, path: str | Path) -> Package:
        """Re-read the package and verify every byte; raises :class:`pgwarrant.errors.PackageError` otherwise."""
        return cls(path, _core.open_package(str(path)))

    @property
    def digest(self) -> str:
        """The package's identity."""
        return str(self._opened["digest"])

    @property
    def manifest(self) -> dict[str, Any]:
        """What the package says of itself: change, files, sizes and sha256."""
        return dict(self._opened.get("manifest") or {})

    def manifest_names(self) -> list[str]:
        """The names of the sealed files."""
        return sorted(str(file["name"]) for file in self.manifest.get("files") or [])

    @property
    def change_id(self) -> str:
        """The change this package carries."""
        return str(self.manifest.get("change") or self.path.name)

    @property
    def check(self) -> Checked:
        """The sealed check."""
        return Checked(self._json("check.json"))

    @property
    def dry_run(self) -> DryRun:
        """The sealed dry run."""
        return DryRun(self._json("dry_run.json"))

    @property
    def preflight(self) -> Preflight:
        """The sealed preflight."""
        return Preflight(self._json("preflight.json"))

    @property
    def review(self) -> str:
        """The text of ``REVIEW.md``."""
        return (self.path / "REVIEW.md").read_text(encoding="utf-8")

    @property
    def request(self) -> str:
        """What a person has to do next; the program stops here."""
        return (
            f"package {self.digest}\n"
            f"change  {self.change_id}\n"
            f"read    {self.path / 'REVIEW.md'}\n"
            "decide  A approve, B approve after a restored dry run, C reject\n"
            f"sign    pgwarrant sign {self.path} --role ROLE --key FILE\n"
            "Nothing has been applied, and nothing will be without a signed warrant."
        )

    def sign(
        self,
        key: str | Path,
        *,
        role: str,
        operation: str = "apply",
        decision: str = "approve",
        minutes: int = 60,
        supersedes: str | None = None,
        because: str | None = None,
        trust: str | Path | None = None,
        writable_trust: bool = False,
        target: Target | str | None = None,
    ) -> sign.Signed:
        """Phase 5, for people: write a warrant and have ``ssh-keygen`` sign it with the key in a file.

        ``trust`` binds it to one trust root; ``target`` looks at the target again, after a restart or a failover.
        """
        return sign.run(
            self,
            key=key,
            role=role,
            operation=operation,
            decision=decision,
            minutes=minutes,
            supersedes=supersedes,
            because=because,
            trust=trust,
            writable_trust=writable_trust,
            target=target,
        )

    def backup(self, target: Target | str, *, bin_dir: str | None = None) -> dict[str, Any]:
        """Take the backup that ``apply`` asks for: ``pg_dump -Fc``, its sha256, size and table of contents."""
        return _core.backup(str(self.path), conninfo_of(target), bin_dir=bin_dir)

    def apply(
        self,
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
        """Phase 6: one transaction, verified before COMMIT. Raises ``NotAuthorised`` without a valid warrant.

        A trust root that this very process could write is refused, unless ``writable_trust`` says that this is a
        demonstration; then every report says that the signatures prove nothing about who decided.
        """
        return apply.run(
            self,
            target,
            trust=trust,
            warrant=warrant,
            backup=backup,
            prove_backup=prove_backup,
            backup_target=backup_target,
            bin_dir=bin_dir,
            writable_trust=writable_trust,
        )

    def verify(self, target: Target | str) -> Run:
        """Phase 7: look at the target again over a fresh connection."""
        return verify.run(self, target)

    def rollback(
        self,
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
        """Phase 8: undo, under a warrant of its own."""
        return rollback.run(
            self,
            target,
            trust=trust,
            warrant=warrant,
            backup=backup,
            prove_backup=prove_backup,
            backup_target=backup_target,
            bin_dir=bin_dir,
            writable_trust=writable_trust,
        )

    def status(self, target: Target | str | None = None) -> dict[str, Any]:
        """Where the package stands; with a target, an interrupted run is resolved."""
        return status.run(self, target)

    @property
    def runs(self) -> list[Run]:
        """Every run so far, oldest first."""
        found = sorted((self.path / "runs").glob("*/execution.json"))
        return [Run(json.loads(file.read_bytes()), folder=file.parent) for file in found]

    @property
    def warrants(self) -> list[Path]:
        """The warrants filed with the package."""
        return sorted((self.path / "warrants").glob("*.json"))

    def to_dict(self) -> dict[str, Any]:
        """The package as plain data."""
        return {"format": 1, "path": str(self.path), "digest": self.digest, "manifest": self.manifest}

    def _json(self, name: str) -> dict[str, Any]:
        return dict(json.loads((self.path / name).read_bytes()))

    def __repr__(self) -> str:
        return f"Package({str(self.path)!r}, {self.digest[:12]})"

    def _repr_html_(self) -> str:
        from pgwarrant import notebook

        return notebook.package(self)
