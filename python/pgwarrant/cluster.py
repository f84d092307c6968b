"""Ephemeral PostgreSQL servers: socket-only, throw-away, gone afterwards. And the servers found on this machine."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from pgwarrant import _core
from pgwarrant.target import Target

__all__ = ["EphemeralCluster", "servers"]


class EphemeralCluster:
    """A fresh cluster for the length of a ``with`` block.

    >>> with EphemeralCluster() as cluster:
    ...     cluster.target("postgres").conninfo != ""
    True
    """

    def __init__(self, major: int | None = None, *, bin_dir: str | None = None, superuser: str | None = None) -> None:
        self._core = _core.Cluster(major=major, bin_dir=bin_dir, superuser=superuser)
        self._databases = 0

    def start(self) -> EphemeralCluster:
        """Create and start the cluster."""
        self._core.start()
        return self

    def stop(self) -> None:
        """Stop the cluster and remove everything of it."""
        self._core.stop()

    def target(self, database: str = "postgres") -> Target:
        """A database of this cluster, as its superuser."""
        return Target(self._core.conninfo(database))

    def create_database(self, name: str | None = None, *, owner: str | None = None) -> Target:
        """A new empty database; without a name it gets one of its own."""
        if name is None:
            self._databases += 1
            name = f"database_{self._databases}"
        self._core.create_database(name, owner=owner)
        return self.target(name)

    def run(self, script: bytes | str, *, database: str = "postgres", role: str | None = None) -> None:
        """Run a script one trusts, for instance the ``baseline.sql`` of an example, on this throw-away cluster."""
        self._core.run(script.encode() if isinstance(script, str) else script, database=database, role=role)

    @property
    def major(self) -> int:
        """The server's major version."""
        return self._core.major

    @property
    def server_version(self) -> str:
        """The server's version, in words."""
        return self._core.server_version

    @property
    def system_identifier(self) -> str:
        """The cluster's own identifier, different from any target's."""
        return str(self._core.system_identifier)

    @property
    def bin_dir(self) -> str:
        """Where its programs were found."""
        return self._core.bin_dir

    def __enter__(self) -> EphemeralCluster:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def servers(bin_dir: str | None = None) -> list[dict[str, Any]]:
    """The PostgreSQL servers found on this machine, in the order they are preferred."""
    return _core.servers(bin_dir)
