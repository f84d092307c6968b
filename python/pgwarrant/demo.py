"""The whole story on an embedded server: a change is checked, rehearsed, packaged; refused without a warrant; blocked
for a role that may not create; reauthorised with only the role changed; applied; and rolled back under a warrant of its
own.

Everything is real: the server, the change of ``examples/ws-q5``, the key made by ``ssh-keygen``, the signature, the
catalog.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timezone
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from rich.text import Text

from pgwarrant.artefact import Artefact, Run
from pgwarrant.change import Change
from pgwarrant.cli import tables
from pgwarrant.cli.output import console, progress
from pgwarrant.cluster import EphemeralCluster
from pgwarrant.errors import NotAuthorised, PgWarrantError
from pgwarrant.package import Package
from pgwarrant.report.view import count_rows
from pgwarrant.snapshots import Snapshot
from pgwarrant.target import Target

__all__ = ["run"]

Done = TypeVar("Done")

REQUESTER = "agent@demo.invalid"
REVIEWER = "reviewer@demo.invalid"
CREATED = {"tables": 12, "primary keys": 12, "foreign keys": 8, "unique constraints": 4}


class StoryBrokenError(RuntimeError):
    """A step of the demonstration did not end as it must."""


class Story:
    """Tells each step as a table of checks, and stops at the first that did not go as it must."""

    def __init__(self) -> None:
        self.console = console()
        self.started = time.monotonic()
        self.number = 0

    def step(self, title: str) -> None:
        """Begin a step."""
        self.number += 1
        self.console.print()
        self.console.print(tables.heading(f"{self.number}. {title}"))

    def phase(self, done: Artefact, expected: str = "PASS") -> None:
        """Show a phase's own checks and require its outcome."""
        self.console.print(tables.checks(done.checks))
        self.require([(f"outcome of the {done.phase}", expected, done.outcome)])

    def require(self, rows: list[tuple[str, object, object]]) -> None:
        """A table of what this demonstration expects and what it observed."""
        checks = [
            {
                "id": f"D-{self.number}{chr(97 + place)}",
                "check": what,
                "expected": str(expected),
                "observed": str(observed),
                "result": "PASS" if str(expected) == str(observed) else "FAIL",
            }
            for place, (what, expected, observed) in enumerate(rows)
        ]
        self.console.print(tables.checks(checks))
        for check in checks:
            if check["result"] != "PASS":
                raise StoryBrokenError(f"{check['check']}: expected {check['expected']}, observed {check['observed']}")

    def refused(self, what: str, act: Callable[[], object], kind: type[PgWarrantError]) -> PgWarrantError:
        """Require that an act is refused."""
        try:
            act()
        except kind as refusal:
            self.require([(what, "refused", "refused")])
            self.console.print(Text(f"  {refusal.explained()}", style="yellow"))
            return refusal
        raise StoryBrokenError(f"{what}: it was not refused")

    def wait(self, doing: str, act: Callable[[], Done]) -> Done:
        """Do something that takes a moment."""
        with progress(doing):
            return act()


def example_files() -> Path:
    """The folder of the example; it is part of the wheel's sources, and of a checkout."""
    for place in (Path(str(resources.files("pgwarrant"))) / "examples", Path(__file__).parents[2] / "examples"):
        if (place / "ws-q5" / "change.sql").is_file():
            return place / "ws-q5"
    raise StoryBrokenError("the example ws-q5 is not installed")


def _keys(folder: Path) -> tuple[Path, Path]:
    """A reviewer's key, made by ssh-keygen, and the trust root that lists it."""
    tool = shutil.which("ssh-keygen")
    if tool is None:
        raise NotAuthorised(
            "ssh-keygen was not found, so no person can sign in this demonstration",
            code="warrant.no-ssh-keygen",
            hint="install the OpenSSH client",
            exit_status=4,
        )
    key = folder / "reviewer"
    subprocess.run([tool, "-q", "-t", "ed25519", "-N", "", "-C", REVIEWER, "-f", str(key)], check=True)
    public = (folder / "reviewer.pub").read_text().split()
    trust = folder / "allowed_signers"
    trust.write_text(f'{REVIEWER} namespaces="pgwarrant" {public[0]} {public[1]}\n')
    trust.chmod(0o644)
    return key, trust


def _out(out: Path | None) -> Path:
    if out is not None:
        return out
    return Path("out") / f"demo-{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}"


def run(*, pg: int | None = None, out: Path | None = None) -> int:
    """Tell the story; 0 when every step ended as it must."""
    story = Story()
    with ExitStack() as stack:
        secrets = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pgwarrant-demo-")))
        key, trust = _keys(secrets)
        example = example_files()
        cluster = stack.enter_context(story.wait("starting a server", lambda: EphemeralCluster(pg)))
        production = cluster.create_database("directus")
        cluster.run((example / "baseline.sql").read_bytes(), database="directus")
        try:
            _tell(story, cluster, production, example, key=key, trust=trust, out=_out(out))
        except StoryBrokenError as broken:
            story.console.print(Text(f"\nThe story broke: {broken}", style="bold red"))
            return 1
    return 0


def _tell(
    story: Story, cluster: EphemeralCluster, production: Target, example: Path, *, key: Path, trust: Path, out: Path
) -> None:
    directus, owner = production.as_role("directus"), production.as_role("workflow_admin")
    story.console.print(
        tables.facts(
            [
                ("the change", str(example)),
                ("the target", f"database directus, PostgreSQL {cluster.server_version}, embedded"),
                ("system identifier", cluster.system_identifier),
                ("roles", "directus (may read), workflow_admin (owns the schema)"),
            ]
        )
    )
    change = Change.open(example)
    untouched = Snapshot.read(production)

    story.step("Check: the script against its contract, without a database")
    story.phase(change.check(pg=cluster.major))

    story.step("Dry run: forward, back and forward again on a server of its own")
    dry = story.wait("rehearsing", lambda: change.dry_run(pg=cluster.major, target=directus))
    story.phase(dry)
    rehearsal = dry["cluster"]
    story.require(
        [
            ("another system than the target", True, str(rehearsal["system_identifier"]) != cluster.system_identifier),
            ("TCP probe", "refused", _short(rehearsal["tcp_probe"])),
            ("catalog after the rollback equals before", True, dry.proof["before"] == dry.proof["undone"]),
            ("verdict of the inverse", "exact", dry.inverse["verdict"]),
            ("server removed", True, bool(rehearsal["removed"])),
        ]
    )

    story.step("Preflight: the target, read only")
    pre = story.wait("looking at the target", lambda: change.preflight(directus, dry_run=dry))
    story.phase(pre)

    story.step("Package: sealed, and stop")
    package = change.package(dry_run=dry, preflight=pre, out=out, requested_by=REQUESTER)
    story.console.print(Text(package.request))
    story.require([("target unchanged", untouched.fingerprint, Snapshot.read(production).fingerprint)])

    story.step("An apply without a warrant is refused")
    story.refused(
        "apply without a warrant", lambda: package.apply(directus, trust=trust, writable_trust=True), NotAuthorised
    )

    story.step("A person signs; the role directus lacks CREATE: blocked, nothing changed, no retry")
    first = package.sign(key, role="directus", because="first decision: apply as the application's own role")
    blocked = story.wait("applying as directus", lambda: package.apply(directus, trust=trust, writable_trust=True))
    story.phase(blocked, "BLOCKED")
    story.require(
        [
            ("stopped at statement", _first_statement(package), (blocked.get("error") or {}).get("statement")),
            ("target unchanged", untouched.fingerprint, Snapshot.read(production).fingerprint),
        ]
    )

    story.step("A new warrant supersedes the first; only the role changes; apply passes")
    package.sign(
        key,
        role="workflow_admin",
        supersedes=first.digest,
        because="only the role changes: directus lacks CREATE on the schema, workflow_admin owns it",
    )
    applied = story.wait("applying as workflow_admin", lambda: package.apply(owner, trust=trust, writable_trust=True))
    story.phase(applied)
    moved = {str(row["noun"]): row["by"] for row in count_rows(applied.delta.counts)}
    story.require([(f"delta: {noun}", f"+{by}", f"{moved.get(noun, 0):+d}") for noun, by in CREATED.items()])

    story.step("Verify: a fresh look at the target")
    story.phase(story.wait("verifying", lambda: package.verify(owner)))

    story.step("A rollback needs a warrant of its own")
    story.refused(
        "rollback without its own warrant",
        lambda: package.rollback(owner, trust=trust, writable_trust=True),
        NotAuthorised,
    )
    package.sign(key, role="workflow_admin", operation="rollback", because="the demonstration puts everything back")
    undone = story.wait("rolling back", lambda: package.rollback(owner, trust=trust, writable_trust=True))
    story.console.print(tables.checks(undone.checks))
    story.require(
        [
            ("outcome of the rollback", "PASS", undone.outcome),
            ("catalog restored exactly", untouched.fingerprint, Snapshot.read(production).fingerprint),
        ]
    )
    _end(story, package, applied)


def _end(story: Story, package: Package, applied: Run) -> None:
    folder = applied.folder or package.path
    journals = sorted((package.path / "runs").rglob("journal.jsonl"))
    story.console.print()
    story.console.print(tables.heading(f"done in {time.monotonic() - story.started:.1f} s", "PASS"))
    story.console.print(
        tables.facts(
            [
                ("package", str(package.path.resolve())),
                ("review", str((package.path / "REVIEW.md").resolve())),
                *[("journal", str(journal.resolve())) for journal in journals],
                ("report", str((folder / "REPORT.html").resolve())),
            ]
        )
    )


def _first_statement(package: Package) -> Any:
    """The number under which the first CREATE TABLE is known: transaction control is ours and not counted as work."""
    statements = package.dry_run.statements
    return next((s["index"] for s in statements if s.get("tag") == "CREATE TABLE"), None)


def _short(probe: object) -> str:
    return "refused" if "refused" in str(probe).lower() else str(probe)
