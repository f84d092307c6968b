"""The pytest plugin: change directories as test items, and throw-away databases as fixtures.

``pytest examples/`` collects every directory that holds a ``change.sql`` and a ``change.contract``: one item for the
check, one for the dry run, one for the proof of the inverse. ``pg_cluster`` and ``pg_database`` give tests a server and
a fresh database of their own. Nothing is imported or started before a test asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pgwarrant.artefact import Artefact, DryRun
    from pgwarrant.cluster import EphemeralCluster
    from pgwarrant.target import Target

__all__ = ["ChangeDirectory", "ChangeItem"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the plugin."""
    group = parser.getgroup("pgwarrant")
    group.addoption("--pgwarrant-pg", type=int, default=None, help="The PostgreSQL major for dry runs and fixtures.")
    group.addoption("--pgwarrant-bin-dir", default=None, help="The folder with the server programs to use.")
    group.addoption("--no-pgwarrant", action="store_true", help="Do not collect change directories.")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker of collected changes."""
    config.addinivalue_line("markers", "pgwarrant: a check or dry run of a change directory, collected by pgwarrant")


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take over directories that are changes."""
    if parent.config.getoption("--no-pgwarrant"):
        return None
    if (path / "change.sql").is_file() and (path / "change.contract").is_file():
        return ChangeDirectory.from_parent(parent, path=path)
    return None


class ChangeDirectory(pytest.Directory):
    """One change: its items share one dry run."""

    _rehearsed: DryRun | None = None

    def collect(self) -> Iterable[pytest.Item]:
        """The items of a change."""
        for name in ("check", "dry run", "inverse"):
            item = ChangeItem.from_parent(self, name=name)
            item.add_marker("pgwarrant")
            yield item

    def rehearsed(self) -> DryRun:
        """The dry run, made once."""
        from pgwarrant.change import Change

        if self._rehearsed is None:
            self._rehearsed = Change.open(self.path).dry_run(
                pg=self.config.getoption("--pgwarrant-pg"), bin_dir=self.config.getoption("--pgwarrant-bin-dir")
            )
        return self._rehearsed


class PhaseFailed(Exception):  # noqa: N818 - it carries a result to the reporter, it is no fault of the program
    """A phase did not pass."""


class ChangeItem(pytest.Item):
    """One phase of one change."""

    def runtest(self) -> None:
        """Run the phase."""
        from pgwarrant.change import Change

        directory = self.parent
        assert isinstance(directory, ChangeDirectory)
        if self.name == "check":
            self._require(Change.open(directory.path).check(pg=self.config.getoption("--pgwarrant-pg")))
            return
        done = directory.rehearsed()
        if self.name == "dry run":
            self._require(done)
        elif done.inverse.get("verdict") == "impossible" and not (directory.path / "rollback.sql").exists():
            parts = [part for part in done.inverse.get("parts") or [] if part.get("verdict") == "impossible"]
            raise PhaseFailed("\n".join(f"{part.get('key')}: {part.get('because')}" for part in parts))

    def _require(self, done: Artefact) -> None:
        if done.passed:
            return
        from pgwarrant.report import problems
        from pgwarrant.report.escape import visible

        lines = [f"{done.phase} ended in {done.outcome}"]
        lines += [f"  {problem['rule']}: {visible(problem['message'])}" for problem in problems(done.to_dict())]
        raise PhaseFailed("\n".join(lines))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """What went wrong, without a traceback through pgwarrant."""
        from pgwarrant.errors import PgWarrantError

        if isinstance(excinfo.value, PgWarrantError):
            return excinfo.value.explained()
        if isinstance(excinfo.value, PhaseFailed):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo, style))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the item comes from."""
        return self.path, None, f"{self.path.name}: {self.name}"


@pytest.fixture(scope="session")
def pg_cluster(request: pytest.FixtureRequest) -> Iterator[EphemeralCluster]:
    """A throw-away PostgreSQL server, started once for the session."""
    from pgwarrant.cluster import EphemeralCluster

    major = request.config.getoption("--pgwarrant-pg")
    with EphemeralCluster(major, bin_dir=request.config.getoption("--pgwarrant-bin-dir")) as cluster:
        yield cluster


@pytest.fixture
def pg_database(pg_cluster: EphemeralCluster) -> Target:
    """A fresh, empty database of one's own on the session's server."""
    return pg_cluster.create_database()
