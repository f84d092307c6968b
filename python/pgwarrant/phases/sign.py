"""Phase 5, sign: a person reads what would be signed and has OpenSSH sign it with a key of their own.

Plain ``ssh-keygen -Y sign -n pgwarrant FILE`` does the same. Nothing here makes a warrant valid, the signature does.

A key in a file signs because the file was named. A key in an agent signs for any program that reaches the agent, so
that only a person at a terminal may have it used here.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pgwarrant import _core
from pgwarrant.artefact import write_whole
from pgwarrant.errors import CLASSES, NotAuthorised
from pgwarrant.phases import package as sealing
from pgwarrant.phases.definition import Phase
from pgwarrant.target import Target, conninfo_of

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
    trust: str | Path | None = None,
    writable_trust: bool = False,
    target: Target | str | None = None,
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
        trust=None if trust is None else str(trust),
        writable_trust=writable_trust,
        target=None if target is None else conninfo_of(target),
    )
    return str(asked["digest"]), bytes(asked["payload"])


CHOSEN = frozenset({"nonce", "not_before", "not_after", "supersedes", "because", "trust", "instance"})
"""What the first signer chose; all else follows from the package."""


def filed_request(package: Package, named: str) -> tuple[str, bytes]:
    """The bytes of a warrant that is filed already, for a further person to sign; it has to be about this package."""
    found = [
        (digest, payload)
        for payload in (file.read_bytes() for file in package.warrants)
        if len(named) >= 12 and (digest := hashlib.sha256(payload).hexdigest()).startswith(named)
    ]
    if len(found) != 1:
        raise NotAuthorised(
            f"{len(found)} warrants of this package are called {named}",
            code="warrant.no-such-warrant",
            facts={"named": named},
            hint="`pgwarrant status PACKAGE` lists them by digest",
        )
    digest, payload = found[0]
    said = json.loads(payload)
    fresh = write_request(
        package,
        role=str(said.get("role")),
        operation=str(said.get("operation")),
        decision=str(said.get("decision")),
    )[1]
    asked = json.loads(fresh)
    wrong = sorted(
        name for name in asked.keys() | said.keys() if name not in CHOSEN and said.get(name) != asked.get(name)
    )
    if wrong or said.keys() != asked.keys():
        raise NotAuthorised(
            f"the warrant {named[:12]} is not about this package: {', '.join(wrong) or 'its fields'}",
            code="warrant.not-of-this-package",
            facts={"fields": wrong},
            hint="somebody else wrote it: make one with --role",
        )
    return digest, payload


def in_words(payload: bytes) -> str:
    """What a signature under these bytes would mean, as a person says it."""
    said = json.loads(payload)
    target, instance = said["target"], said["instance"]
    script = "rollback.sql" if said["operation"] == "rollback" else "change.sql"
    verb = {
        "approve": "You allow",
        "approve-after-restored-dry-run": "You allow, once a dry run on a restored copy is part of the package,",
        "reject": "You reject: never",
    }[said["decision"]]
    known = (
        f"the server that its site calls {instance['marker']}"
        if instance["marker"]
        else f"the server that was started at {_moment(instance['started_us'])}"
    )
    lines = [
        f"{verb} to run the {said['statements']} statements of {script} (change {said['change']}, "
        f"sha256 {said['script'][:12]}), once, in one transaction,",
        f"on the database {target['database']} (oid {target['database_oid']}) of PostgreSQL {target['server_major']}, "
        f"system {target['system_identifier']}, timeline {instance['timeline']}: {known};",
        f"as the role {said['role']}; from {said['not_before']} until {said['not_after']}.",
        f"It was asked for by {said['requested_by']}. Nothing but what REVIEW.md shows may change "
        f"(delta {said['delta'][:12]}), and the catalog must be as it was looked at ({said['fingerprint'][:12]}).",
    ]
    if said["supersedes"]:
        lines.append(f"It replaces the warrant {said['supersedes'][:12]}.")
    if said["because"]:
        lines.append(f"Because: {said['because']}")
    lines.append(
        f"It holds only under the trust root {said['trust'][:12]}."
        if said["trust"]
        else "It holds under whatever trust root the applying account has; --trust FILE would bind it to one."
    )
    return "\n".join(lines)


def _moment(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds / 1_000_000, timezone.utc).isoformat(timespec="seconds")


def is_public(key: str | Path) -> bool:
    """Whether a file holds the public half of a key, or a certificate: then its private half is in an agent."""
    try:
        head = Path(key).read_bytes()[:64]
    except OSError:
        return False
    return not head.startswith(b"-----BEGIN") and head.split(b" ", 1)[0].startswith((b"ssh-", b"ecdsa-", b"sk-"))


def from_agent(wanted: str) -> str:
    """The public key that ``ssh-agent`` holds under a comment or a fingerprint; exactly one has to fit."""
    listed = _ssh("ssh-add", "-L")
    found = []
    for line in listed.stdout.splitlines() if listed.returncode == 0 else []:
        comment = line.split(" ", 2)[2] if line.count(" ") >= 2 else ""
        shown = subprocess.run(
            [_tool("ssh-keygen"), "-l", "-f", "-"], input=line, capture_output=True, text=True, check=False
        ).stdout.split()
        if wanted == comment or wanted in shown[1:2]:
            found.append(line)
    if len(found) != 1:
        reason = "no agent can be reached" if listed.returncode == 2 else f"{len(found)} keys of the agent fit {wanted}"
        raise NotAuthorised(
            f"{reason}: nothing was signed",
            code="warrant.no-such-key",
            facts={"wanted": wanted, "found": len(found)},
            hint="`ssh-add -L` lists the keys of your agent; name one by its comment or its SHA256 fingerprint",
            exit_status=4,
        )
    return found[0]


def _tool(name: str) -> str:
    tool = shutil.which(name)
    if tool is None:
        raise NotAuthorised(
            f"{name} was not found, so nothing can be signed here",
            code="warrant.no-ssh-keygen",
            hint="install the OpenSSH client, or sign the warrant on another machine",
            exit_status=4,
        )
    return tool


def _ssh(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([_tool(program), *arguments], capture_output=True, text=True, check=False)


def sign_payload(
    package: Package, digest: str, payload: bytes, *, key: str | Path, confirmed_by_a_person: bool = False
) -> Signed:
    """Have ``ssh-keygen`` sign the bytes and file warrant and signature with the package.

    With a private key in a file, no agent is asked, whatever the environment says. With a public key the agent signs,
    and only after a person at a terminal said so.
    """
    tool = _tool("ssh-keygen")
    in_agent = is_public(key)
    if in_agent and not confirmed_by_a_person:
        raise NotAuthorised(
            "a key in an agent signs for any program that asks; nobody at a terminal did",
            code="warrant.no-terminal",
            facts={"key": str(key)},
            hint="`pgwarrant sign` at a terminal, or name the file of the private key",
        )
    environment = {name: value for name, value in os.environ.items() if in_agent or name != "SSH_AUTH_SOCK"}
    folder = package.path / "warrants"
    name = f"{digest[:12]}.json"
    with tempfile.TemporaryDirectory(prefix="pgwarrant-sign-") as scratch:
        draft = Path(scratch) / name
        draft.write_bytes(payload)
        command = [tool, "-Y", "sign", "-n", NAMESPACE, "-f", str(key), *(["-U"] if in_agent else []), str(draft)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
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
    trust: str | Path | None = None,
    writable_trust: bool = False,
    target: Target | str | None = None,
) -> Signed:
    """Write a request, check the texts against the evidence, and sign with a private key in a file."""
    require_true_review(package)
    digest, payload = write_request(
        package,
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
    return sign_payload(package, digest, payload, key=key)
