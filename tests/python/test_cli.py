"""The command line: exit statuses as designed, data on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pgwarrant as pw
import psutil
import pytest
from conftest import EXAMPLES, NAMES, ROOT, Person, Production

EMPTY_CONTRACT = """change x
target database directus
role workflow_admin
allow
    transaction one
after
    V-1 nothing else changes
"""


def pgwarrant(*words: object, **more: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pgwarrant", *map(str, words)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, **more)  # type: ignore[call-overload, no-any-return]


@pytest.fixture
def change(tmp_path: Path) -> Callable[..., Path]:
    def make(script: bytes, contract: str = EMPTY_CONTRACT) -> Path:
        folder = tmp_path / "change"
        folder.mkdir(exist_ok=True)
        (folder / "change.sql").write_bytes(script)
        (folder / "change.contract").write_text(contract)
        return folder

    return make


@pytest.mark.parametrize("example", NAMES)
@pytest.mark.parametrize("shape", ["text", "json", "markdown", "sarif", "github"])
def test_a_good_change_checks_with_status_0(example: str, shape: str) -> None:
    done = pgwarrant("check", EXAMPLES / example, "--format", shape)
    assert done.returncode == 0, done.stderr + done.stdout
    if shape in ("json", "sarif"):
        json.loads(done.stdout)


def test_a_bad_change_checks_with_status_1(change: Callable[..., Path]) -> None:
    done = pgwarrant("check", change(b"BEGIN; DROP TABLE public.a; COMMIT;"), "--format", "json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["outcome"] == "FAIL"
    annotations = pgwarrant("check", change(b"BEGIN; DROP TABLE public.a; COMMIT;"), "--format", "github").stdout
    assert annotations.startswith("::")


@pytest.mark.parametrize(
    "words",
    [("check",), ("check", "/nowhere"), ("nonsense",), ("check", "/nowhere", "--format", "xml"), ("sign", "x")],
)
def test_wrong_use_ends_with_2(words: tuple[str, ...]) -> None:
    done = pgwarrant(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr


@pytest.mark.parametrize(
    "script",
    [
        b"",
        b"\x00\x01\x02\xff" * 64,
        b"BEGIN; SELECT 'caf\xe9'; COMMIT;",
        b"\xef\xbb\xbfBEGIN; COMMIT;",
        b"BEGIN; SELECT 'a\x00b'; COMMIT;",
        b"BEGIN;\r\nSELECT 1;\r\nCOMMIT;\r\n",
        b"BEGIN; SELECT 'never closed",
        b"BEGIN; /* never closed",
        b"BEGIN; SELECT $$never closed",
        b"BEGIN; SELEC 1; COMMIT;",
        b"\\! touch /tmp/owned\nBEGIN; COMMIT;",
        b"BEGIN; " + (b"SELECT '" + b"x" * 5_000 + b"'; ") * 2_000 + b"COMMIT;",
    ],
    ids=[
        "empty", "binary", "latin1", "bom", "nul", "crlf", "string", "comment", "dollar", "syntax", "meta", "10MB"
    ],
)  # fmt: skip
def test_bad_scripts_end_clearly(script: bytes, change: Callable[..., Path]) -> None:
    done = pgwarrant("check", change(script), "--format", "json")
    assert done.returncode in (0, 1, 2, 4), done.stderr
    assert "Traceback" not in done.stderr
    assert "panicked" not in done.stderr
    json.loads(done.stdout)


@pytest.mark.parametrize(
    "contract",
    ["", "nonsense", "change x\n", "change x\ntarget database\n", "change x\nafter\n    V-1 tabels in x + 1\n", "\0"],
)
def test_bad_contracts_end_clearly(contract: str, change: Callable[..., Path]) -> None:
    done = pgwarrant("check", change(b"BEGIN; COMMIT;", contract), "--format", "json")
    assert done.returncode in (1, 2, 4), done.stdout
    assert "Traceback" not in done.stderr
    json.loads(done.stdout)


def test_a_contract_fault_names_its_place(change: Callable[..., Path]) -> None:
    contract = EMPTY_CONTRACT.replace("nothing else changes", "tabels in x + 1")
    done = pgwarrant("check", change(b"BEGIN; COMMIT;", contract))
    assert "7" in done.stderr
    assert "tables" in done.stderr


@pytest.mark.parametrize(
    "target",
    ["host=/nowhere dbname=x", "postgresql://127.0.0.1:1/x", "service=there-is-none", "nonsense=1 host=x"],
)
def test_unreachable_targets_end_with_4_and_a_hint(target: str) -> None:
    done = pgwarrant("preflight", EXAMPLES / "p0-2", "--target", target)
    assert done.returncode in (2, 4), done.stdout
    assert done.stderr.startswith("error: pg.")
    assert "hint:" in done.stderr


def test_no_password_reaches_a_message() -> None:
    done = pgwarrant("snapshot", "postgresql://me:s3cret@127.0.0.1:1/x")
    assert done.returncode == 4
    assert "s3cret" not in done.stdout + done.stderr


def test_from_package_to_rollback(production: Callable[..., Production], reviewer: Person, tmp_path: Path) -> None:
    real = production("p0-2")
    owner, package = real.owner.conninfo, tmp_path / "package"
    made = pgwarrant("package", EXAMPLES / "p0-2", "--target", owner, "-o", package, "--requested-by", "agent@x.org")
    assert made.returncode == 0, made.stdout + made.stderr
    assert "Nothing has been applied" in made.stdout
    again = pgwarrant("package", EXAMPLES / "p0-2", "--target", owner, "-o", package)
    assert again.returncode in (2, 3, 4)

    refused = pgwarrant(
        "apply", package, "--target", owner, "--trust", reviewer.trust, "--writable-trust", "--format", "json"
    )
    assert refused.returncode == 3
    assert json.loads(refused.stdout)["error"].startswith("warrant.")
    alone = pgwarrant("sign", package, "--role", "workflow_admin", "--key", reviewer.key, stdin=subprocess.DEVNULL)
    assert alone.returncode == 2
    assert not list((package / "warrants").iterdir())

    signed = pgwarrant("sign", package, "--role", "workflow_admin", "--key", reviewer.key, "--yes")
    assert signed.returncode == 0, signed.stderr
    assert "CREATE TABLE cutter_governance.manifest_envelope" in signed.stdout
    applied = pgwarrant("apply", package, "--target", owner, "--trust", reviewer.trust, "--writable-trust")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert pgwarrant("verify", package, "--target", owner).returncode == 0
    reported = pgwarrant("report", package, "--html")
    assert reported.returncode == 0
    assert reported.stdout.startswith("<!doctype html>")
    journal = next((package / "runs").glob("*/journal.jsonl"))
    assert pgwarrant("journal", "verify", journal).returncode == 0
    broken = tmp_path / "journal.jsonl"
    broken.write_bytes(journal.read_bytes().replace(b"apply", b"appli", 1))
    assert pgwarrant("journal", "verify", broken).returncode != 0
    assert pgwarrant("status", package, "--target", owner).returncode == 0

    undo = pgwarrant("rollback", package, "--target", owner, "--trust", reviewer.trust, "--writable-trust")
    assert undo.returncode == 3
    words = ("sign", package, "--role", "workflow_admin", "--operation", "rollback", "--key", reviewer.key, "--yes")
    assert pgwarrant(*words).returncode == 0
    undone = pgwarrant("rollback", package, "--target", owner, "--trust", reviewer.trust, "--writable-trust")
    assert undone.returncode == 0, undone.stdout + undone.stderr


def test_snapshot_and_diff(production: Callable[..., Production], tmp_path: Path) -> None:
    real = production("p0-2")
    file = tmp_path / "before.json"
    assert pgwarrant("snapshot", real.target.conninfo, "-o", file).returncode == 0
    assert pgwarrant("diff", file, real.target.conninfo).returncode == 0
    real.cluster.run(b"CREATE TABLE public.more (a int);", database="directus")
    different = pgwarrant("diff", file, real.target.conninfo, "--format", "json")
    assert different.returncode == 1
    assert "table" in {change["kind"] for change in json.loads(different.stdout)["changes"]}


def test_a_drafted_contract_checks(production: Callable[..., Production], tmp_path: Path) -> None:
    drafted = pgwarrant("contract", "draft", EXAMPLES / "p0-2")
    assert drafted.returncode == 0, drafted.stderr
    folder = tmp_path / "drafted"
    folder.mkdir()
    for name in ("change.sql", "scaffold.sql"):
        (folder / name).write_bytes((EXAMPLES / "p0-2" / name).read_bytes())
    (folder / "change.contract").write_text(drafted.stdout)
    assert pgwarrant("check", folder).returncode == 0
    assert pgwarrant("dry-run", folder).returncode == 0


def test_statements_are_one_json_line_each() -> None:
    done = pgwarrant("statements", EXAMPLES / "ws-q5" / "change.sql")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["tag"] for line in lines][:2] == ["BEGIN", "CREATE TABLE"]
    source = (EXAMPLES / "ws-q5" / "change.sql").read_bytes()
    assert all(source[line["start"] : line["end"]].decode() == line["text"] for line in lines)


def test_freeze_takes_sql_out_of_a_document(tmp_path: Path) -> None:
    document = tmp_path / "plan.md"
    document.write_text("# Plan\n\n## Step 2\n\n```sql\nSELECT 1;\n```\n")
    assert pgwarrant("freeze", document, "--heading", "Step 2").stdout == "SELECT 1;\n"
    wrong = pgwarrant("freeze", document, "--index", "0", "--sha256", "0" * 64)
    assert wrong.returncode != 0
    assert wrong.stdout == ""


def test_init_makes_a_change_that_checks(tmp_path: Path) -> None:
    assert pgwarrant("init", tmp_path / "mine").returncode == 0
    assert pgwarrant("init", tmp_path / "mine").returncode == 2
    pw.Change.open(tmp_path / "mine")


def test_every_rule_and_code_is_explained() -> None:
    listed = json.loads(pgwarrant("explain", "--format", "json").stdout)
    assert listed["rules"]
    name = listed["rules"][0]["rule"]
    assert pgwarrant("explain", name).stdout.strip()
    assert pgwarrant("explain", "no-such-thing").returncode == 2
    assert "No person has decided" in pgwarrant("explain", "warrant.none").stdout
    said = set(listed["codes"])
    raised = {
        code
        for file in (ROOT / "python" / "pgwarrant").rglob("*.py")
        if file.name != "errors.py"
        for code in re.findall(r'code="([a-z]+\.[a-z-]+)"', file.read_text())
    }
    assert raised
    assert raised <= said, raised - said
    assert set(pw.errors.CODES) <= said


def wait_for_a_server_of(process: int) -> None:
    """Until the process has started a server: only then is there something to leave behind."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if any(child.name() == "postgres" for child in psutil.Process(process).children(recursive=True)):
            return
        time.sleep(0.05)
    raise AssertionError("no server was started")


def test_ctrl_c_ends_a_dry_run_and_leaves_nothing(change: Callable[..., Path]) -> None:
    contract = EMPTY_CONTRACT.replace("transaction one", "SELECT\n    transaction one")
    folder = change(b"BEGIN; SELECT pg_sleep(60); COMMIT;", contract)
    # A shell that runs the tests in the background ignores SIGINT, and so would whatever it starts.
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)
    running = subprocess.Popen([sys.executable, "-m", "pgwarrant", "dry-run", str(folder)], stderr=subprocess.PIPE)
    signal.signal(signal.SIGINT, heard)
    wait_for_a_server_of(running.pid)
    running.send_signal(signal.SIGINT)
    started = psutil.Process(running.pid).children(recursive=True)
    running.wait(timeout=20)
    assert running.returncode in (1, 130)
    _, alive = psutil.wait_procs(started, timeout=20)
    assert not alive


def test_no_color_and_no_width_are_needed() -> None:
    environment = {**os.environ, "NO_COLOR": "1"}
    command = [sys.executable, "-m", "pgwarrant", "check", str(EXAMPLES / "ws-q5")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=ROOT)
    assert "\x1b[" not in done.stdout
