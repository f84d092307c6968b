"""Phase 5, sign: a person reads what would be signed and has OpenSSH sign it with a key of their own.

Plain ``ssh-keygen -Y sign -n pgwarrant FILE`` does the same. Nothing here makes a warrant valid, the signature does.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pgwarrant import _core
from pgwarrant.artefact import write_whole
from pgwarrant.errors import CLASSES, NotAuthorised
from pgwarrant.phases import package as sealing
from pgwarrant.phases.definition import Phase

if TYPE_CHECKING:
    from pgwarrant.package import Package

PHASE = Phase("sign", "does a person approve these bytes, for this target, role and time?", "never touched")

NAMESPACE = "pgwarrant"


@dataclass(frozen=True)
class Signed:
    """A warrant and the signature beside it."""

    warrant: Path
    signature: Path
    digest: str
    payload: dict[str, Any]


def require_true_review(package: Package) -> None:
    """Refuse when the texts people read are not what the package's own evidence renders to."""
    sealed = {name: (package.path / name).read_bytes() for name in package.manifest_names()}
    again = sealing.rendered(sealed, requested_by=str(package.manifest.get("requested_by", "")))
    for name, content in again.items():
        if sealed.get(name) != content:
            raise CLASSES["package"](
                f"{name} is not what the evidence in the package says",
                code="package.review-differs",
                facts={"file": name},
                hint="the text was written by someone else, or by another version of pgwarrant: "
                "make the package again with this one",
            )


def write_request(
    package: Package,
    *,
    role: str,
    operation: str = "apply",
    decision: str = "approve",
    minutes: int = 60,
    not_before: str | None = None,
    supersedes: str | None = None,
    because: str | None = None,
) -> tuple[str, bytes]:
    """The canonical bytes a person would sign, and their digest. Nothing is signed or filed yet."""
    asked = _core.request(
        str(package.path),
        operation=operation,
        decision=decision,
        role=role,
        not_before=not_before,
        minutes=minutes,
        supersedes=supersedes,
        because=because,
    )
    return str(asked["digest"]), bytes(asked["payload"])


def sign_payload(package: Package, digest: str, payload: bytes, *, key: str | Path) -> Signed:
    """Have ``ssh-keygen`` sign the bytes and file warrant and signature with the package."""
    tool = shutil.which("ssh-keygen")
    if tool is None:
        raise NotAuthorised(
            "ssh-keygen was not found, so nothing can be signed here",
            code="warrant.no-ssh-keygen",
            hint="install the OpenSSH client, or sign the warrant on another machine",
            exit_status=4,
        )
    folder = package.path / "warrants"
    name = f"{digest[:12]}.json"
    with tempfile.TemporaryDirectory(prefix="pgwarrant-sign-") as scratch:
        draft = Path(scratch) / name
        draft.write_bytes(payload)
        command = [tool, "-Y", "sign", "-n", NAMESPACE, "-f", str(key), str(draft)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        made = Path(f"{draft}.sig")
        if done.returncode != 0 or not made.exists():
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise NotAuthorised(
                f"ssh-keygen did not sign: {reason}",
                code="warrant.not-signed",
                facts={"key": str(key), "status": done.returncode},
                hint="name a private key (or a public key whose private half is in your agent)",
                exit_status=4,
            )
        signature = made.read_bytes()
    warrant = folder / name
    if warrant.exists() and warrant.read_bytes() != payload:
        raise NotAuthorised(
            f"{warrant} already holds another warrant",
            code="warrant.already-filed",
            facts={"warrant": str(warrant)},
            hint="ask for a new one",
        )
    write_whole(warrant, payload)
    place = _free_place(folder, name)
    write_whole(place, signature)
    return Signed(warrant, place, digest, json.loads(payload))


def _free_place(folder: Path, name: str) -> Path:
    place = folder / f"{name}.sig"
    number = 2
    while place.exists():
        place = folder / f"{name}.{number}.sig"
        number += 1
    return place


def run(
    package: Package,
    *,
    key: str | Path,
    role: str,
    operation: str = "apply",
    decision: str = "approve",
    minutes: int = 60,
    supersedes: str | None = None,
    because: str | None = None,
) -> Signed:
    """Write a request, check the texts against the evidence, and sign."""
    require_true_review(package)
    digest, payload = write_request(
        package,
        role=role,
        operation=operation,
        decision=decision,
        minutes=minutes,
        supersedes=supersedes,
        because=because,
    )
    return sign_payload(package, digest, payload, key=key)
