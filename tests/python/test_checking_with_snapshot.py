"""What a check makes of a snapshot of the target: sizes, indexes, constraints, the major; and files that are none."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pgwarrant as pw
import pytest
from conftest import EXAMPLES
from scripts import run

TARGET = b"""
CREATE SCHEMA shop;
CREATE TABLE shop.maker (id bigint PRIMARY KEY);
CREATE TABLE shop.item (
    id bigint PRIMARY KEY, maker bigint, owner bigint, name text CHECK (name IS NOT NULL), price numeric
);
CREATE INDEX item_maker ON shop.item (maker);
INSERT INTO shop.item SELECT n, n, n, 'x' FROM generate_series(1, 3000) AS n;
ANALYZE shop.item;
"""
SCRIPT = """\
ALTER TABLE shop.item ALTER COLUMN name SET NOT NULL;
ALTER TABLE shop.item ALTER COLUMN price SET NOT NULL;
ALTER TABLE shop.item ADD FOREIGN KEY (maker) REFERENCES shop.maker (id) NOT VALID;
ALTER TABLE shop.item ADD FOREIGN KEY (owner) REFERENCES shop.maker (id) NOT VALID;
"""


@pytest.fixture(scope="module")
def taken() -> Iterator[pw.Snapshot]:
    """A snapshot of a real database."""
    with pw.EphemeralCluster() as cluster:
        target = cluster.create_database("shop")
        cluster.run(TARGET, database="shop")
        yield pw.snapshot(target)


@pytest.fixture
def folder(tmp_path: Path, taken: pw.Snapshot) -> Path:
    """A script, a change and the snapshot."""
    (tmp_path / "a.sql").write_text(SCRIPT)
    change = tmp_path / "change"
    change.mkdir()
    (change / "change.sql").write_text(SCRIPT)
    (change / "change.contract").write_bytes((EXAMPLES / "p0-2" / "change.contract").read_bytes())
    taken.save(tmp_path / "target.json")
    return tmp_path


def lines(document: Any, rule: str) -> dict[int, Any]:
    """Line -> the rows said of it, for the findings of a rule."""
    return {f["place"]["line"]: f.get("facts", {}).get("rows") for f in document["findings"] if f["rule"] == rule}


def test_the_command_line_takes_a_snapshot(folder: Path) -> None:
    plain = json.loads(run("a.sql", "--format", "json", cwd=folder).stdout)["reports"][0]
    assert lines(plain, "set-not-null") == {1: None, 2: None}
    assert lines(plain, "foreign-key-without-index") == {}
    for shape in ("json", "sarif"):
        done = run("a.sql", "change", "--snapshot", "target.json", "--format", shape, "-o", "out.json", cwd=folder)
        assert done.stderr == ""
        for seen in json.loads((folder / "out.json").read_text())["reports"]:
            # A proven CHECK lifts the finding about `name`, an index the one about `maker`; that about `owner` is new.
            assert lines(seen, "set-not-null") == {2: 3000}
            assert list(lines(seen, "foreign-key-without-index")) == [4]
    text = run("a.sql", "--snapshot=target.json", cwd=folder).stdout
    assert "no index begins with owner" in text
    assert "on shop.item, a table of about 3000 rows, blocks " in text


@pytest.mark.parametrize("given", ["object", "path", "text"])
def test_the_api_takes_a_snapshot(given: str, folder: Path, taken: pw.Snapshot) -> None:
    file = folder / "target.json"
    snapshot = {"object": taken, "path": file, "text": str(file)}[given]
    checks = [
        *pw.check([folder / "a.sql", folder / "change"], snapshot=snapshot),
        pw.Script.open(folder / "a.sql").check(snapshot=snapshot),
        pw.Change.open(folder / "change").check(snapshot=snapshot),
    ]
    assert len(checks) == 4
    for checked in checks:
        assert lines(checked, "set-not-null") == {2: 3000}
        assert list(lines(checked, "foreign-key-without-index")) == [4]


def test_a_name_without_a_schema_means_public_and_others_are_not_mixed_up(taken: pw.Snapshot) -> None:
    checked = pw.Script("ALTER TABLE item ALTER COLUMN name SET NOT NULL;").check(snapshot=taken)
    assert lines(checked, "set-not-null") == {1: None}


def test_the_major_is_that_of_the_snapshot_unless_one_is_named(folder: Path, taken: pw.Snapshot) -> None:
    major = taken.server_version_num // 10_000
    assert 16 <= major <= 18
    contract = (folder / "change" / "change.contract").read_bytes()
    change = pw.Change({"change.sql": b"SELECT 1_000;", "change.contract": contract})

    def fits(**known: Any) -> bool:
        return "number-syntax" not in {finding["rule"] for finding in change.check(**known).findings}

    assert fits(snapshot=taken)
    assert fits(pg=16)
    assert not fits()
    assert not fits(snapshot=taken, pg=15)


def truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


def altered(content: bytes) -> bytes:
    return content.replace(b'"shop"', b'"shoq"')


def of_another_version(content: bytes) -> bytes:
    return json.dumps({**json.loads(content), "format": 99}).encode()


def report(content: bytes) -> bytes:
    return pw.Script(SCRIPT).check().to_bytes()


@pytest.mark.parametrize(
    ("make", "because"),
    [
        (truncated, "catalog.json"),
        (altered, "catalog.altered"),
        (of_another_version, "catalog.format"),
        (report, "catalog.json"),
        (lambda _: b"", "catalog.json"),
        (lambda _: b"{}", "catalog.format"),
        (lambda _: SCRIPT.encode(), "catalog.json"),
        (lambda _: b"\xff\x00" * 99, "catalog.json"),
    ],
    ids=["truncated", "altered", "another version", "a report", "empty", "an empty object", "SQL", "binary"],
)
def test_a_file_that_is_no_snapshot_is_refused(make: Callable[[bytes], bytes], because: str, folder: Path) -> None:
    file = folder / "target.json"
    file.write_bytes(make(file.read_bytes()))
    done = run("a.sql", "--snapshot", "target.json", cwd=folder)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("error: checks.no-snapshot: target.json is not a snapshot")
    assert "\nhint: " in done.stderr
    with pytest.raises(pw.ChecksError) as refused:
        pw.check(folder / "a.sql", snapshot=file)
    assert refused.value.code == "checks.no-snapshot"
    assert refused.value.facts == {"path": str(file), "because": because}
    assert refused.value.hint


def test_a_snapshot_that_is_not_there_is_wrong_use(folder: Path) -> None:
    done = run("a.sql", "--snapshot", "gone\x1b[2J.json", cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: checks.snapshot-missing: there is no file gone")
    assert "pgwarrant snapshot" in done.stderr
    assert "\x1b" not in done.stderr
    for check in (pw.Script.open(folder / "a.sql").check, pw.Change.open(folder / "change").check):
        with pytest.raises(pw.ChecksError) as refused:
            check(snapshot="gone.json")
        assert (refused.value.code, refused.value.exit_status) == ("checks.snapshot-missing", 2)


def test_a_snapshot_that_cannot_be_read_ends_with_4(folder: Path) -> None:
    (folder / "closed.json").write_bytes(b"")
    (folder / "closed.json").chmod(0)
    # The superuser reads everything but a directory.
    name = "change" if os.access(folder / "closed.json", os.R_OK) else "closed.json"
    done = run("a.sql", "--snapshot", name, cwd=folder)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith(f"error: checks.snapshot-unreadable: the snapshot {name} cannot be read: ")
    assert "hint: check the file and its permissions" in done.stderr


def test_what_is_neither_snapshot_nor_path_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        pw.Script("SELECT 1;").check(snapshot={"format": 1})  # type: ignore[arg-type]
