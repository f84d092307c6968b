"""What the tests share: the repository, servers by major, a person's key and the trust root that lists it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pgwarrant as pw
import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
NAMES = ("ws-q5", "p0-2", "phase-alpha")
REVIEWER = "reviewer@example.org"
REQUESTER = "agent@example.org"

pytest_plugins = ["pytester"]


@pytest.fixture
def sql(tmp_path: Path) -> Callable[..., Path]:
    """Write SQL files; their folder."""

    def write(**files: str | bytes) -> Path:
        for name, content in files.items():
            file = tmp_path / f"{name.replace('__', '/')}.sql"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path

    return write


def bin_dirs() -> dict[int, str | None]:
    """Every major of this machine; for those that pgwarrant does not find by itself, the folder to name."""
    found: dict[int, str | None] = {int(server["major"]): None for server in pw.servers()}
    for folder in sorted((ROOT / ".servers").glob("*/bin")):
        found.setdefault(int(folder.parent.name), str(folder))
    return dict(sorted(found.items()))


def pytest_report_header() -> str:
    """Say which servers the suite runs on."""
    return f"PostgreSQL majors: {', '.join(str(major) for major in bin_dirs())}"


@dataclass(frozen=True)
class Person:
    """Someone with a key."""

    name: str
    key: Path
    trust: Path


def make_person(folder: Path, name: str = REVIEWER, *, options: str = 'namespaces="pgwarrant"') -> Person:
    """A key made by ssh-keygen, and an allowed_signers file with it."""
    tool = shutil.which("ssh-keygen")
    assert tool is not None
    folder.mkdir(parents=True, exist_ok=True)
    key = folder / "key"
    subprocess.run([tool, "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(key)], check=True)
    kind, public = (folder / "key.pub").read_text().split()[:2]
    trust = folder / "allowed_signers"
    trust.write_text(f"{name} {options} {kind} {public}\n")
    trust.chmod(0o644)
    return Person(name, key, trust)


@pytest.fixture(scope="session")
def reviewer(tmp_path_factory: pytest.TempPathFactory) -> Person:
    """The person who decides."""
    return make_person(tmp_path_factory.mktemp("reviewer"))


@dataclass
class Production:
    """A throw-away "production" with one example's baseline."""

    example: str
    cluster: pw.EphemeralCluster
    target: pw.Target
    bin_dir: str | None

    @property
    def owner(self) -> pw.Target:
        """As the owner of the schema."""
        return self.target.as_role("workflow_admin")

    @property
    def application(self) -> pw.Target:
        """As the application's role, which may only read."""
        return self.target.as_role("directus")

    def fingerprint(self) -> str:
        """The catalog's fingerprint, now."""
        return pw.snapshot(self.target).fingerprint

    def packaged(self, out: Path) -> pw.Package:
        """The example taken as far as an agent can take it."""
        change = pw.Change.open(EXAMPLES / self.example)
        dry = change.dry_run(pg=self.cluster.major, bin_dir=self.bin_dir)
        assert dry.passed, dry.failed
        preflight = change.preflight(self.owner, dry_run=dry)
        assert preflight.passed, preflight.failed
        return change.package(dry_run=dry, preflight=preflight, out=out, requested_by=REQUESTER)


@pytest.fixture
def production() -> Iterator[Callable[..., Production]]:
    """Make a production of an example, on a major."""
    with ExitStack() as stack:

        def make(example: str, major: int | None = None) -> Production:
            bin_dir = bin_dirs().get(major) if major else None
            cluster = stack.enter_context(pw.EphemeralCluster(major, bin_dir=bin_dir))
            target = cluster.create_database("directus")
            cluster.run((EXAMPLES / example / "baseline.sql").read_bytes(), database="directus")
            return Production(example, cluster, target, bin_dir)

        yield make
