"""What the Rust core offers to Python. Plain data in and out; judgements are made there."""

from typing import Any, Final, final

__all__ = [
    "Cluster",
    "Snapshot",
    "admit_warrant",
    "apply",
    "backup",
    "check",
    "check_paths",
    "check_script",
    "codes",
    "draft_contract",
    "dry_run",
    "explain",
    "freeze",
    "invert",
    "open_package",
    "preflight",
    "request",
    "rollback",
    "rules",
    "seal",
    "servers",
    "statements",
    "status",
    "verify",
    "verify_journal",
    "version",
    "way",
]

version: Final[str]

def statements(script: bytes) -> list[dict[str, Any]]: ...
def freeze(
    markdown: bytes, *, heading: str | None = None, index: int | None = None, sha256: str | None = None
) -> bytes: ...
def check(
    change: dict[str, bytes], *, pg: int | None = None, snapshot: Snapshot | str | None = None
) -> dict[str, Any]: ...
def check_script(
    script: bytes, *, name: str = "script.sql", pg: int | None = None, snapshot: Snapshot | str | None = None
) -> dict[str, Any]: ...
def check_paths(
    paths: list[str],
    *,
    show: str = "everything",
    json: bool = False,
    stdin: bytes | None = None,
    pg: int | None = None,
    snapshot: Snapshot | str | None = None,
    fail_on: str = "error",
    exclude_rules: list[str] = ...,
    per_file: dict[str, list[str]] = ...,
    root: str | None = None,
    color: bool = False,
    width: int = 0,
) -> dict[str, Any]: ...
def draft_contract(change: dict[str, bytes], dry_run: dict[str, Any]) -> str: ...
def servers(bin_dir: str | None = None) -> list[dict[str, Any]]: ...
def dry_run(
    change: dict[str, bytes],
    *,
    major: int | None = None,
    bin_dir: str | None = None,
    base: str = "structural",
    target: str | None = None,
    role: str | None = None,
) -> dict[str, Any]: ...
def preflight(
    change: dict[str, bytes], target: str, *, dry_run: dict[str, Any] | None = None
) -> tuple[dict[str, Any], bytes]: ...
def invert(before: Snapshot, after: Snapshot) -> dict[str, Any]: ...
def way(start: Snapshot, end: Snapshot, data_loss: bool) -> dict[str, Any]: ...
def seal(out: str, files: dict[str, bytes], *, change_id: str, requested_by: str) -> dict[str, Any]: ...
def open_package(path: str) -> dict[str, Any]: ...
def request(
    package: str,
    *,
    operation: str = "apply",
    decision: str = "approve",
    role: str,
    not_before: str | None = None,
    minutes: int = 60,
    supersedes: str | None = None,
    because: str | None = None,
    trust: str | None = None,
    writable_trust: bool = False,
    target: str | None = None,
) -> dict[str, Any]: ...
def admit_warrant(
    package: str, payload: bytes, signature: str, trust: str, *, writable_trust: bool = False
) -> dict[str, Any]: ...
def backup(package: str, target: str, *, bin_dir: str | None = None) -> dict[str, Any]: ...
def apply(
    package: str,
    target: str,
    *,
    trust: str,
    warrant: str | None = None,
    backup: str | None = None,
    prove_backup: bool = False,
    backup_target: str | None = None,
    bin_dir: str | None = None,
    writable_trust: bool = False,
) -> dict[str, Any]: ...
def rollback(
    package: str,
    target: str,
    *,
    trust: str,
    warrant: str | None = None,
    backup: str | None = None,
    prove_backup: bool = False,
    backup_target: str | None = None,
    bin_dir: str | None = None,
    writable_trust: bool = False,
) -> dict[str, Any]: ...
def verify(package: str, target: str) -> dict[str, Any]: ...
def status(package: str, target: str | None = None) -> dict[str, Any]: ...
def verify_journal(path: str) -> dict[str, Any]: ...
def rules() -> list[dict[str, Any]]: ...
def explain(code: str) -> str | None: ...
def codes() -> list[dict[str, Any]]: ...

@final
class Cluster:
    def __new__(
        cls, major: int | None = None, bin_dir: str | None = None, *, superuser: str | None = None
    ) -> Cluster: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def conninfo(self, database: str = "postgres") -> str: ...
    def create_database(self, name: str, *, owner: str | None = None) -> None: ...
    def run(self, script: bytes, *, database: str = "postgres", role: str | None = None) -> None: ...
    def __enter__(self) -> Cluster: ...
    def __exit__(self, kind: object = None, error: object = None, trace: object = None) -> None: ...
    @property
    def major(self) -> int: ...
    @property
    def server_version(self) -> str: ...
    @property
    def system_identifier(self) -> str: ...
    @property
    def bin_dir(self) -> str: ...

@final
class Snapshot:
    @staticmethod
    def read(conninfo: str) -> Snapshot: ...
    @staticmethod
    def load(content: bytes) -> Snapshot: ...
    def to_json(self) -> bytes: ...
    def diff(self, other: Snapshot) -> dict[str, Any]: ...
    def counts(self, schema: str | None = None) -> dict[str, int]: ...
    def objects(self) -> list[dict[str, Any]]: ...
    @property
    def not_covered(self) -> list[dict[str, Any]]: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def server_version_num(self) -> int: ...
    @property
    def database(self) -> str: ...
