"""``pgwarrant diff``: files, databases and scripts, whole or in part, in every format."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pgwarrant as pw
import pyarrow
import pyarrow.ipc
import pytest
from test_cli import pgwarrant

SCRIPT = b"""
CREATE SCHEMA app;
CREATE TABLE app.users (id int PRIMARY KEY, name text);
CREATE TABLE app.orders (id int PRIMARY KEY, user_id int REFERENCES app.users);
CREATE SCHEMA other;
CREATE TABLE other.notes (id int);
"""
LATER = b"""
ALTER TABLE app.users ADD COLUMN mail text;
CREATE INDEX ON app.orders (user_id);
ALTER TABLE other.notes RENAME TO remarks;
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[pw.EphemeralCluster]:
    with pw.EphemeralCluster(superuser="postgres") as running:
        yield running


def changed(*words: object) -> list[tuple[str, str]]:
    done = pgwarrant("diff", *words, "--format", "json")
    assert done.returncode in (0, 1), done.stderr
    changes = json.loads(done.stdout)["changes"]
    assert done.returncode == (1 if changes else 0)
    return [(change["change"], change["name"]) for change in changes]


def test_every_pair_of_sides(cluster: pw.EphemeralCluster, tmp_path: Path) -> None:
    script, both = tmp_path / "a.sql", tmp_path / "b.sql"
    script.write_bytes(SCRIPT)
    both.write_bytes(SCRIPT + b"CREATE TABLE more (id int);")
    database = cluster.create_database().conninfo
    cluster.run(SCRIPT, database=database.rsplit("dbname=", 1)[1].strip("'"))
    saved = tmp_path / "saved.json"
    pw.Snapshot.read(database).save(saved)
    more = [("created", "table public.more"), ("created", "column public.more.id")]
    assert changed(saved, database) == []
    assert changed(database, saved) == []
    assert changed("--script", script, database) == []
    assert changed(saved, script) == []
    assert changed("--script", script, "--script", both) == more
    assert changed(saved, both) == more
    assert changed("--script", both, saved) == [("dropped", name) for _, name in more]


def test_a_part_of_it(cluster: pw.EphemeralCluster, tmp_path: Path) -> None:
    cluster.create_database("parts")
    cluster.run(SCRIPT, database="parts")
    saved = tmp_path / "saved.json"
    pw.Snapshot.read(cluster.target("parts")).save(saved)
    cluster.run(LATER, database="parts")
    sides = (saved, cluster.target("parts").conninfo)
    mail, index = ("created", "column app.users.mail"), ("created", "index app.orders_user_id_idx")
    renamed = {("dropped", "table other.notes"), ("created", "table other.remarks")}
    assert {mail, index} | renamed <= set(changed(*sides))
    assert set(changed(*sides, "--schema", "app")) == {mail, index}
    assert changed(*sides, "--object", "app.users") == [mail]
    assert changed(*sides, "--object", "table app.orders") == [index]
    assert set(changed(*sides, "--object", "app.users", "--schema", "other")) > {mail} | renamed
    unknown = pgwarrant("diff", *sides, "--object", "app.user")
    assert unknown.returncode == 2
    assert "neither side has the object app.user" in unknown.stderr
    assert pgwarrant("diff", *sides, "--schema", "ap").returncode == 2


def test_every_format_tells_a_rename(cluster: pw.EphemeralCluster, tmp_path: Path) -> None:
    cluster.create_database("renames")
    cluster.run(SCRIPT, database="renames")
    saved, written = tmp_path / "saved.json", tmp_path / "delta.json"
    pw.Snapshot.read(cluster.target("renames")).save(saved)
    cluster.run('ALTER TABLE other.notes RENAME TO "<u>&"', database="renames")
    sides = (saved, cluster.target("renames").conninfo)
    told = {
        "text": 'table other.notes is now table other."<u>&"',
        "markdown": "is now",
        "html": "table other.&#34;&lt;u&gt;&amp;&#34;",
        "json": '"renamed"',
    }
    for shape, words in told.items():
        done = pgwarrant("diff", *sides, "--format", shape, "-o", written)
        assert (done.returncode, done.stderr) == (1, "")
        assert words in done.stdout, shape
        assert "<u>" not in done.stdout or shape in ("text", "json")
    assert json.loads(written.read_bytes())["renamed"][0]["name"] == "table other.notes"


def test_the_ddl_is_printed_and_loses_nothing_unasked(tmp_path: Path) -> None:
    here, there = tmp_path / "here.sql", tmp_path / "there.sql"
    here.write_bytes(b"CREATE TABLE a (id int); CREATE TABLE gone (id int, note text);")
    there.write_bytes(b"CREATE TABLE a (id int, n int);")
    sides = ("--script", here, "--script", there)
    kept = pgwarrant("diff", *sides, "--sql")
    assert (kept.returncode, kept.stderr) == (1, "")
    assert "ALTER TABLE public.a ADD COLUMN n integer;" in kept.stdout
    assert "DROP TABLE" not in kept.stdout
    assert "left out: what it holds would be lost" in kept.stdout
    assert "DROP TABLE public.gone;" in pgwarrant("diff", *sides, "--sql", "--allow", "data-loss").stdout
    for wrong in (("--sql", "--schema", "app"), ("--sql", "--format", "json"), ("--allow", "data-loss")):
        assert pgwarrant("diff", *sides, *wrong).returncode == 2


def test_what_needs_what_is_told(cluster: pw.EphemeralCluster, tmp_path: Path) -> None:
    cluster.create_database("needs")
    before = pw.Snapshot.read(cluster.target("needs"))
    cluster.run(SCRIPT + b"CREATE VIEW other.seen AS SELECT name FROM app.users;", database="needs")
    delta = before.diff(pw.Snapshot.read(cluster.target("needs")))
    told = [(need["name"], need["needs"]) for need in delta.dependencies]
    assert ("view other.seen", "column app.users.name") in told
    assert "- view other.seen needs column app.users.name" in delta.to_markdown()
    assert 'view other.seen <span class="soft">needs</span> column app.users.name' in delta.to_html()
    # A part keeps what lies in it on both sides.
    assert delta.within(schemas=["other"]).dependencies == []
    assert delta.within(schemas=["app"]).dependencies != []


def test_an_arrow_stream_is_read_by_others(cluster: pw.EphemeralCluster, tmp_path: Path) -> None:
    cluster.create_database("arrow")
    cluster.run(SCRIPT, database="arrow")
    before = pw.Snapshot.read(cluster.target("arrow"))
    cluster.run(LATER + b"COMMENT ON TABLE app.users IS 'caf\xc3\xa9';", database="arrow")
    delta = before.diff(pw.Snapshot.read(cluster.target("arrow")))
    rows = delta.to_rows()
    assert ("app", "café") in {(row["schema"], row["after"]) for row in rows}
    # The delta itself, its table, and what the command line writes.
    assert pyarrow.table(delta).to_pylist() == rows
    assert pyarrow.table(delta.to_arrow()).schema.names == list(rows[0])
    sides = (before.save(tmp_path / "before.json"), cluster.target("arrow").conninfo)
    done = subprocess.run(
        [sys.executable, "-m", "pgwarrant", "diff", *sides, "--format", "arrow"], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert pyarrow.ipc.open_stream(done.stdout).read_all().to_pylist() == rows
    empty = pyarrow.table(pw.Delta({}))
    assert (empty.num_rows, empty.schema.names) == (0, list(rows[0]))


def test_an_arrow_stream_is_not_written_to_a_terminal(tmp_path: Path) -> None:
    script, other = tmp_path / "a.sql", tmp_path / "b.sql"
    script.write_bytes(SCRIPT)
    other.write_bytes(SCRIPT + LATER)
    words = [sys.executable, "-m", "pgwarrant", "diff", str(script), str(other), "--format"]

    def on_a_terminal(shape: str) -> tuple[int, str, bytes]:
        terminal, standard_output = pty.openpty()
        try:
            done = subprocess.run(
                [*words, shape], stdout=standard_output, stderr=subprocess.PIPE, timeout=120, check=False
            )
            # What was written waits in the terminal.
            shown = os.read(terminal, 65536) if select.select([terminal], [], [], 1)[0] else b""
        finally:
            os.close(terminal)
            os.close(standard_output)
        return done.returncode, done.stderr.decode(), shown

    status, said, shown = on_a_terminal("arrow")
    assert (status, shown) == (2, b"")
    assert "send it to a file or into a pipe" in said
    # The terminal shows what is text.
    status, _, shown = on_a_terminal("markdown")
    assert status == 1
    assert b"users" in shown


def test_what_cannot_be_compared(tmp_path: Path) -> None:
    assert pgwarrant("diff", "a").returncode == 2
    assert pgwarrant("diff", "a", "b", "--script", __file__).returncode == 2
    wrong = tmp_path / "wrong.sql"
    wrong.write_bytes(b"CREATE TABLE a (id int);\nCREATE TABEL b ();")
    done = pgwarrant("diff", "--script", wrong, "--script", wrong)
    assert done.returncode == 4
    assert "line 2" in done.stderr
