"""The three changes, whole: from script to signed, verified, undone, on real servers."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pgwarrant as pw
import pytest
from conftest import EXAMPLES, NAMES, Person, Production, bin_dirs
from pgwarrant.report.view import count_rows

MAJORS = [major for major in (16, 18) if major in bin_dirs()]
EXPECTED = {
    "ws-q5": {"tables": 12, "primary keys": 12, "foreign keys": 8, "unique constraints": 4},
    "p0-2": {"tables": 2, "primary keys": 2, "foreign keys": 1, "columns": 25},
    "phase-alpha": {"tables": 1, "primary keys": 1, "columns": 13, "defaults": 4},
}
FORBIDDEN = {
    "ws-q5": ("check constraints", "triggers", "defaults", "enums", "grants", "views"),
    "p0-2": ("check constraints", "triggers", "defaults", "enums", "grants", "comments"),
    "phase-alpha": ("check constraints", "triggers", "foreign keys", "enums", "grants"),
}


def moved(delta: pw.Delta) -> dict[str, int]:
    return {str(row["noun"]): int(row["by"]) for row in count_rows(delta.counts)}


def test_both_embedded_majors_are_here() -> None:
    assert MAJORS == [16, 18]


@pytest.mark.parametrize("example", NAMES)
def test_the_check_passes(example: str) -> None:
    checked = pw.Change.open(EXAMPLES / example).check()
    assert checked.passed, checked.failed or checked.findings


@pytest.mark.parametrize("major", list(bin_dirs()))
@pytest.mark.parametrize("example", NAMES)
def test_the_dry_run_passes_on_every_major(example: str, major: int) -> None:
    dry = pw.Change.open(EXAMPLES / example).dry_run(pg=major, bin_dir=bin_dirs()[major])
    assert dry.passed, dry.failed
    assert dry.proof["before"] == dry.proof["undone"]
    assert dry.proof["after"] == dry.proof["redone"]
    counts = moved(dry.delta)
    assert {noun: counts.get(noun) for noun in EXPECTED[example]} == EXPECTED[example]
    assert not set(FORBIDDEN[example]) & set(counts)
    assert dry["cluster"]["removed"]


@pytest.mark.parametrize("major", MAJORS)
@pytest.mark.parametrize("example", NAMES)
def test_the_whole_way(
    example: str, major: int, production: Callable[..., Production], reviewer: Person, tmp_path: Path
) -> None:
    real = production(example, major)
    before = real.fingerprint()
    package = real.packaged(tmp_path / "package")
    assert "CREATE SCHEMA" not in (package.path / "change.sql").read_text()
    assert not (package.path / "scaffold.sql").exists()
    assert real.fingerprint() == before

    with pytest.raises(pw.NotAuthorised):
        package.apply(real.owner, trust=reviewer.trust, writable_trust=True)
    assert real.fingerprint() == before

    package.sign(reviewer.key, role="workflow_admin")
    run = package.apply(real.owner, trust=reviewer.trust, writable_trust=True)
    assert run.passed, (run.failed, run.get("error"))
    counts = moved(run.delta)
    assert {noun: counts.get(noun) for noun in EXPECTED[example]} == EXPECTED[example]
    assert not set(FORBIDDEN[example]) & set(counts)
    assert {check["id"]: check["result"] for check in run.checks}["D-2"] == "PASS"
    assert package.verify(real.owner).passed
    assert run.folder is not None
    for report in ("REPORT.md", "REPORT.html", "execution.json", "journal.jsonl"):
        assert (run.folder / report).stat().st_size > 0

    with pytest.raises(pw.NotAuthorised):
        package.rollback(real.owner, trust=reviewer.trust, writable_trust=True)
    package.sign(reviewer.key, role="workflow_admin", operation="rollback", because="the test puts it back")
    undone = package.rollback(real.owner, trust=reviewer.trust, writable_trust=True)
    assert undone.passed, (undone.failed, undone.get("error"))
    assert real.fingerprint() == before


@pytest.mark.parametrize("major", MAJORS)
def test_the_role_without_create_is_blocked_and_reauthorised(
    major: int, production: Callable[..., Production], reviewer: Person, tmp_path: Path
) -> None:
    real = production("ws-q5", major)
    before = real.fingerprint()
    package = real.packaged(tmp_path / "package")
    first = package.sign(reviewer.key, role="directus")
    blocked = package.apply(real.application, trust=reviewer.trust, writable_trust=True)
    assert blocked.outcome == "BLOCKED"
    assert blocked["error"]["sqlstate"] == "42501"
    assert real.fingerprint() == before

    second = package.sign(reviewer.key, role="workflow_admin", supersedes=first.digest, because="only the role changes")
    changed = {key for key in first.payload if first.payload[key] != second.payload[key]}
    assert changed <= {"role", "nonce", "not_before", "not_after", "supersedes", "because"}
    run = package.apply(real.owner, trust=reviewer.trust, writable_trust=True)
    assert run.passed, (run.failed, run.get("error"))


@pytest.mark.parametrize("major", MAJORS)
def test_the_side_effect_is_measured(
    major: int, production: Callable[..., Production], reviewer: Person, tmp_path: Path
) -> None:
    real = production("phase-alpha", major)
    package = real.packaged(tmp_path / "package")
    package.sign(reviewer.key, role="workflow_admin")
    run = package.apply(real.owner, trust=reviewer.trust, writable_trust=True)
    assert run.passed, (run.failed, run.get("error"))
    stamped = [column for column in run["values"] if column["column"].endswith("updated_at")]
    assert [(c["changed"], c["rows"], c["before"]["distinct"], c["after"]["distinct"]) for c in stamped] == [
        (86, 86, 3, 1)
    ]
    results = {check["id"]: check["result"] for check in run.checks}
    for wanted in ("V-1", "V-2", "V-3", "V-4", "V-5", "V-14"):
        assert results.get(wanted) == "PASS", wanted
    assert run.folder is not None
    assert "86 of 86" in (run.folder / "REPORT.html").read_text()


def test_plain_tools_agree_with_the_package(
    production: Callable[..., Production], reviewer: Person, tmp_path: Path
) -> None:
    """sha256sum, ssh-keygen and psql judge what pgwarrant made."""
    real = production("p0-2")
    package = real.packaged(tmp_path / "package")
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=package.path, check=True)
    signed = package.sign(reviewer.key, role="workflow_admin")
    judge = ["ssh-keygen", "-Y", "verify", "-f", str(reviewer.trust), "-I", reviewer.name, "-n", "pgwarrant"]
    subprocess.run([*judge, "-s", str(signed.signature)], stdin=signed.warrant.open("rb"), check=True)
    assert package.apply(real.owner, trust=reviewer.trust, writable_trust=True).passed
    psql = Path(real.cluster.bin_dir) / "psql"
    words = ["-XAt", "-v", "ON_ERROR_STOP=1", "-d", real.owner.conninfo, "-f", str(package.path / "verify.sql")]
    said = subprocess.run([str(psql), *words], capture_output=True, text=True, check=True).stdout
    answers = [line.rsplit("|", 1)[1] for line in said.splitlines() if "|" in line]
    assert len(answers) >= 5
    assert set(answers) == {"t"}


def test_a_signature_by_plain_ssh_keygen_is_accepted(
    production: Callable[..., Production], reviewer: Person, tmp_path: Path
) -> None:
    from pgwarrant.phases.sign import write_request

    real = production("p0-2")
    package = real.packaged(tmp_path / "package")
    digest, payload = write_request(package, role="workflow_admin")
    warrant = package.path / "warrants" / f"{digest[:12]}.json"
    warrant.write_bytes(payload)
    subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-n", "pgwarrant", "-f", str(reviewer.key), str(warrant)], check=True
    )
    assert package.apply(real.owner, trust=reviewer.trust, writable_trust=True).passed
