"""What `pgwarrant check` prints in every format: text, JSON, SARIF, GitHub annotations, Markdown."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import EXAMPLES, ROOT
from scripts import BROKEN, CREATE, DROP, FORMATS, run

HIDING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
#: An identifier chosen to break whatever shows it; what a script may not hold at all is in the file names below.
HOSTILE = 'x""::error file=a::|`b`<script>alert(1)</script>[c](http://d) @e %0A%25 \n::warning::f'


def test_text_shows_the_place_the_lock_and_what_to_do(sql: Callable[..., Path]) -> None:
    folder = sql(a=f"/* about\n   orders */\n{CREATE}\n-- and\nALTER TABLE shop.visits\n    DROP COLUMN note;\n")
    done = run("a.sql", cwd=folder)
    assert (
        " --> a.sql:6:1\n  |\n6 | ALTER TABLE shop.visits\n  | ^^^^^^^^^^^^^^^^^^^^^^^\n7 |     DROP COLUMN note;\n"
    ) in done.stdout
    assert "warning[drop-column]: " in done.stdout
    assert "  = note: ACCESS EXCLUSIVE on shop.visits blocks everything, SELECT included\n" in done.stdout
    assert "  = help: " in done.stdout
    assert done.stderr == ""


def test_colour_is_for_terminals_and_obeys_no_color(sql: Callable[..., Path]) -> None:
    file = sql(a=DROP) / "a.sql"

    def on_a_terminal(**more: str) -> bytes:
        master, slave = pty.openpty()
        command = [sys.executable, "-m", "pgwarrant", "check", str(file)]
        kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        process = subprocess.Popen(command, stdout=slave, stderr=slave, env={**kept, "TERM": "xterm", **more})
        os.close(slave)
        said = b""
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:
                break
            if not part:
                break
            said += part
        process.wait()
        os.close(master)
        return said

    assert b"\x1b[" in on_a_terminal()
    assert b"\x1b[" not in on_a_terminal(NO_COLOR="1")
    assert b"\x1b[" not in on_a_terminal(TERM="dumb")
    assert "\x1b[" not in run(file).stdout


@pytest.mark.parametrize("shape", FORMATS)
def test_hostile_names_do_not_act_and_do_not_hide(shape: str, tmp_path: Path) -> None:
    quoted = f'"{HOSTILE}"'
    folder = tmp_path / "a\x1b[31m\u202eb\u200b%0a|`<i>"
    folder.mkdir()
    (folder / "c\n::error::d.sql").write_text(f"ALTER TABLE shop.{quoted} DROP COLUMN {quoted};\n")
    (folder / "e\n::error::f.sql").write_text("SELECT 'open")
    done = run(tmp_path, "--format", shape)
    assert done.returncode == 4
    assert not HIDING.search(done.stderr.replace("\n", "")), done.stderr
    if shape in ("json", "sarif"):
        json.loads(done.stdout)
        assert "\x1b" not in done.stdout
    else:
        assert not HIDING.search(done.stdout.replace("\n", "")), done.stdout
    if shape == "github":
        lines = done.stdout.splitlines()
        assert len(lines) >= 2
        command = re.compile(r"::(error|warning|notice) (\w+=[^,:\n]*,)*\w+=[^,:\n]*::[^\n]*")
        assert all(command.fullmatch(line) for line in lines), lines
    if shape == "markdown":
        assert "<script" not in done.stdout
        assert "<i>" not in re.sub(r"`+[^\n]*`+", "", done.stdout)
        for line in done.stdout.splitlines():
            if line.startswith("| "):
                assert len(re.findall(r"(?<!\\)\|", line)) == 6, line
    if shape == "text":
        assert not any(line.startswith("::") for line in done.stdout.splitlines() + done.stderr.splitlines())


def test_output_also_writes_the_document(sql: Callable[..., Path]) -> None:
    folder = sql(a=DROP)
    done = run(folder / "a.sql", "-o", folder / "out.json")
    assert "warning[drop-column]" in done.stdout
    document = json.loads((folder / "out.json").read_text())
    assert document == json.loads(run(folder / "a.sql", "--format", "json").stdout)
    assert document["reports"][0]["statements"][0]["tag"] == "ALTER TABLE"
    assert document["summary"]["warnings"] == 1


def schema(text: str) -> Any:
    return json.loads((ROOT / "tests" / "cases" / "sarif" / text).read_text())


def test_sarif_is_valid_and_points_at_the_bytes(sql: Callable[..., Path]) -> None:
    script = f"/* größe */ -- ä\n{DROP}SELECT 'ö'; {DROP}{DROP}"
    folder = sql(a=script, open="SELECT 'open")
    change = folder / "change"
    change.mkdir()
    (change / "change.sql").write_text(BROKEN)
    (change / "change.contract").write_bytes((EXAMPLES / "p0-2" / "change.contract").read_bytes())
    done = run(".", "--format", "sarif", cwd=folder)
    log = json.loads(done.stdout)
    jsonschema.Draft7Validator(schema("sarif-schema-2.1.0.json")).validate(log)
    (ran,) = log["runs"]
    assert ran["invocations"][0]["exitCode"] == done.returncode == 4
    assert ran["invocations"][0]["executionSuccessful"] is False
    notified = ran["invocations"][0]["toolExecutionNotifications"]
    assert [fault["descriptor"]["id"] for fault in notified] == ["script.unterminated-string"]
    rules = ran["tool"]["driver"]["rules"]
    marks = set()
    for result in ran["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        marks.add(result["partialFingerprints"]["pgwarrant/v1"])
        where = result["locations"][0]["physicalLocation"]
        if where["artifactLocation"]["uri"] != "a.sql" or "region" not in where:
            continue
        region = where["region"]
        found = script.encode()[region["byteOffset"] :][: region["byteLength"]].decode()
        assert found == script[region["charOffset"] :][: region["charLength"]]
        assert found.startswith("ALTER TABLE")
        line = script.splitlines()[region["startLine"] - 1]
        assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == found
    assert len(marks) == len(ran["results"]) > 3
    described = next(rule for rule in rules if rule["id"] == "drop-column")
    assert "## Why" in described["help"]["markdown"]
    assert described["helpUri"].startswith("https://www.postgresql.org/docs/")
    (folder / "a.sql").write_text(f"SELECT 2;\n\n{script}")
    moved = json.loads(run(".", "--format", "sarif", cwd=folder).stdout)["runs"][0]["results"]
    assert {result["partialFingerprints"]["pgwarrant/v1"] for result in moved} == marks


def test_sarif_of_nothing_and_of_an_example_is_valid(sql: Callable[..., Path]) -> None:
    validator = jsonschema.Draft7Validator(schema("sarif-schema-2.1.0.json"))
    for named in (sql(a="") / "a.sql", EXAMPLES, "/nowhere"):
        validator.validate(json.loads(run(named, "--format", "sarif").stdout))


def test_github_annotations_name_the_lines(sql: Callable[..., Path]) -> None:
    folder = sql(a=f"{CREATE}\nALTER TABLE shop.visits\n  DROP COLUMN note;\n")
    lines = run("a.sql", "--format", "github", cwd=folder).stdout.splitlines()
    assert any(line.startswith("::warning file=a.sql,line=3,endLine=4,col=1,title=drop-column::") for line in lines)
