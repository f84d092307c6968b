"""`pgwarrant check`: what it takes, what it ends with, its settings and options; and the same from Python."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pgwarrant as pw
import pytest
from conftest import EXAMPLES, ROOT
from pgwarrant import settings
from pgwarrant.cli import check as checking
from pgwarrant.cli.program import MODULES
from scripts import BROKEN, CREATE, DROP, FORMATS, run

# What it takes.


def test_files_directories_changes_patterns_and_stdin_come_in_one_fixed_order(sql: Callable[..., Path]) -> None:
    folder = sql(b=DROP, a=CREATE, deep__er__c=DROP, deep__d=CREATE)
    change = folder / "deep" / "change"
    change.mkdir()
    for name in ("change.sql", "change.contract"):
        (change / name).write_bytes((EXAMPLES / "p0-2" / name).read_bytes())
    done = run("b.sql", "-", ".", "deep/**/*.sql", "--format", "json", cwd=folder, input=DROP)
    reports = json.loads(done.stdout)["reports"]
    paths = ["b.sql", "<stdin>", "a.sql", "deep/change", "deep/d.sql", "deep/er/c.sql"]
    assert [report["path"] for report in reports] == paths
    assert [report["kind"] for report in reports] == ["script", "script", "script", "change", "script", "script"]
    assert done.returncode == 0, done.stdout
    again = run("b.sql", "-", ".", "deep/**/*.sql", "--format", "json", cwd=folder, input=DROP)
    assert again.stdout == done.stdout


def test_a_file_of_a_change_is_checked_with_its_contract(tmp_path: Path) -> None:
    for name in ("change.sql", "change.contract"):
        (tmp_path / name).write_bytes((EXAMPLES / "p0-2" / name).read_bytes())
    contract = tmp_path / "change.contract"
    contract.write_text(contract.read_text().replace("CREATE TABLE = 2", "CREATE TABLE = 3"))
    done = run(tmp_path / "change.sql")
    assert done.returncode == 1
    assert "error[contract.allow-1]" in done.stdout
    contract.unlink()
    lost = run(tmp_path)
    assert lost.returncode == 2
    assert "error[change.missing-file]" in lost.stderr


def test_a_plain_file_needs_no_contract(sql: Callable[..., Path]) -> None:
    folder = sql(a=CREATE + "INSERT INTO shop.orders VALUES (1);\nGRANT SELECT ON shop.orders TO clerk;\n")
    done = run(folder)
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1].startswith("1 input, 3 statements: 0 errors, ")


def test_a_thousand_files(tmp_path: Path) -> None:
    for number in range(1_000):
        (tmp_path / f"{number:04}.sql").write_text(DROP if number % 10 == 0 else CREATE)
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    assert [int(found) for found in re.findall(r"drop-column\].*\n --> .*/(\d+)\.sql:1:1", done.stdout)] == list(
        range(0, 1_000, 10)
    )
    assert done.stdout.splitlines()[-1].startswith("1000 inputs, 1000 statements: 0 errors, 100 warnings")


# What cannot be read stops nothing else.


@pytest.mark.parametrize("shape", FORMATS)
def test_what_cannot_be_read_is_reported_and_the_rest_is_checked(shape: str, sql: Callable[..., Path]) -> None:
    folder = sql(a=DROP, latin=b"SELECT 'caf\xe9';", nul=b"SELECT '\0';", open=b"SELECT 'never closed", z=DROP)
    (folder / "none").mkdir()
    (folder / "nothing.sql").symlink_to(folder / "gone")
    done = run(folder, folder / "none", folder / "missing.sql", folder / "no*match", "--format", shape)
    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr
    for code in (
        "script.not-utf8",
        "script.nul",
        "script.unterminated-string",
        "checks.no-sql",
        "checks.missing",
        "checks.no-match",
    ):
        assert f"error[{code}]" in done.stderr, code
    assert done.stdout.count("z.sql") >= 1
    if shape == "json":
        outcomes = {Path(report["path"]).name: report["outcome"] for report in json.loads(done.stdout)["reports"]}
        assert (outcomes["a.sql"], outcomes["nul.sql"], outcomes["z.sql"]) == ("PASS", "NOT_RUN", "PASS")


def test_permissions_end_with_4(sql: Callable[..., Path]) -> None:
    folder = sql(a=DROP, closed=DROP)
    (folder / "closed.sql").chmod(0)
    if os.access(folder / "closed.sql", os.R_OK):
        # The superuser reads everything but what is no file at all.
        (folder / "closed.sql").unlink()
        (folder / "closed.sql").symlink_to("/proc/self/mem")
    done = run(folder)
    assert done.returncode == 4
    assert "error[checks.unreadable]" in done.stderr
    assert "drop-column" in done.stdout


def test_nothing_to_do_is_no_fault_in_a_file_but_an_empty_pipe_is(sql: Callable[..., Path]) -> None:
    assert run(sql(a="", b="-- nothing to undo\n")).returncode == 0
    broken = run("-", input="")
    assert broken.returncode == 4
    assert "script.empty" in broken.stderr


def test_one_missing_name_alone_is_wrong_use() -> None:
    done = run("/nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error[checks.missing]" in done.stderr


# Exit status, rules left out, settings.


@pytest.mark.parametrize(
    ("script", "words", "status"),
    [
        (CREATE, (), 0),
        (DROP, (), 0),
        (DROP, ("--fail-on", "warning"), 1),
        (DROP, ("--fail-on=warning", "--exclude-rule", "drop-column"), 0),
        (DROP, ("--fail-on", "note", "--exclude-rule", "drop-column"), 1),
        (BROKEN, (), 1),
        (BROKEN, ("--exclude-rule", "unparsable"), 2),
        (DROP, ("--exclude-rule", "drop-colum"), 2),
        (DROP, ("--fail-on", "everything"), 2),
        (DROP, ("--pg", "8"), 2),
        (DROP, ("--nonsense",), 2),
        (DROP, ("--format",), 2),
    ],
)
def test_the_exit_status(script: str, words: tuple[str, ...], status: int, sql: Callable[..., Path]) -> None:
    folder = sql(a=script)
    done = run(folder / "a.sql", *words, cwd=folder)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_suppressed_finding_fails_nothing_and_is_counted(sql: Callable[..., Path]) -> None:
    folder = sql(a=f"-- pgwarrant: allow drop-column because unused since May\n{DROP}")
    done = run(folder, "--fail-on", "warning")
    assert done.returncode == 0, done.stdout
    assert "drop-column]" not in done.stdout
    assert "1 suppressed with a reason" in done.stdout
    log = json.loads(run(folder, "--format", "sarif").stdout)
    dropped = next(result for result in log["runs"][0]["results"] if result["ruleId"] == "drop-column")
    assert dropped["suppressions"][0]["justification"] == "unused since May"
    assert "drop-column" not in run(folder, "--format", "github").stdout


@pytest.mark.parametrize("file", ["pgwarrant.toml", "pyproject.toml"])
def test_settings_of_a_repository(file: str, sql: Callable[..., Path]) -> None:
    folder = sql(old__a=DROP, new__a=DROP)
    prefix = "tool.pgwarrant." if file == "pyproject.toml" else ""
    (folder / file).write_text(
        f'[{prefix}check]\npg = 16\nfail-on = "warning"\n'
        'exclude-rules = ["missing-timeouts", "missing-statement-timeout"]\n'
        f'[{prefix}check.per-file-exclude-rules]\n"old/**" = ["drop-column"]\n'
    )
    done = run(".", cwd=folder)
    assert done.returncode == 1
    assert re.findall(r"^ *--> (.*):1:1$", done.stdout, re.MULTILINE) == ["new/a.sql"]
    assert "missing-timeouts" not in done.stdout
    below = run("a.sql", cwd=folder / "old")
    assert below.returncode == 0, below.stdout
    assert run(".", "--no-config", cwd=folder).returncode == 0
    assert run(".", "--fail-on", "error", cwd=folder).returncode == 0
    elsewhere = run("a.sql", "--config", f"../{file}", cwd=folder / "new")
    assert elsewhere.returncode == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[check]\npg = '16'\n", "pg is a PostgreSQL major"),
        ("[check]\npg = true\n", "pg is a PostgreSQL major"),
        ("[check]\nexclude-rule = []\n", "did you mean exclude-rules?"),
        ("[check]\nexclude-rules = 'rename'\n", "exclude-rules is a list"),
        ("[check]\nexclude-rules = ['cascade']\n", "checks.gate-rule"),
        ("[check]\nexclude-rules = ['renam']\n", "did you mean rename?"),
        ("[check]\nfail-on = 'never'\n", "fail-on is"),
        ("[check]\nper-file-exclude-rules = ['a']\n", "per-file-exclude-rules is a table"),
        ("[check.per-file-exclude-rules]\n'[' = ['rename']\n", "checks.pattern"),
        ("check = 1\n", "check is not a table"),
        ("[check\n", "it is not TOML"),
        (b"\xff", "it is not TOML"),
    ],
)
def test_wrong_settings_are_refused_with_the_file_named(text: str | bytes, said: str, sql: Callable[..., Path]) -> None:
    folder = sql(a=DROP)
    (folder / "pgwarrant.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    done = run("a.sql", cwd=folder)
    assert done.returncode == 2, done.stdout
    assert said in done.stderr
    assert done.stdout == ""


def test_settings_above_the_repository_do_not_count(sql: Callable[..., Path]) -> None:
    folder = sql(inner__a=DROP)
    (folder / "pgwarrant.toml").write_text("[check]\nfail-on = 'warning'\n")
    assert run("a.sql", cwd=folder / "inner").returncode == 1
    (folder / "inner" / ".git").mkdir()
    assert run("a.sql", cwd=folder / "inner").returncode == 0
    assert settings.find(str(folder / "inner")) == {}


# The two readers of the options agree.


@pytest.mark.parametrize(
    "words",
    [
        ["a.sql"],
        ["a.sql", "--pg", "16", "b.sql"],
        ["--format=json", "-o", "x.json", "--", "--pg"],
        ["--exclude-rule", "rename", "--exclude-rule=truncate", "-"],
        ["--rules"],
        ["a", "--fail-on", "note", "--no-config", "--config", "c"],
    ],
)
def test_both_readers_of_the_options_understand_the_same(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from pgwarrant.cli import checking as commands

    heard: dict[str, Any] = {}

    def listen(paths: Any, **asked: Any) -> int:
        heard.update(paths=list(paths), **{name: value for name, value in asked.items() if value})
        return 0

    monkeypatch.setattr(commands, "perform", listen)
    commands.check.main(list(words), standalone_mode=False)
    understood = checking.understood(words)
    assert understood is not None
    paths, asked = understood
    assert heard == {"paths": paths, **asked}


@pytest.mark.parametrize(
    "words", [[], ["a", "--pg"], ["a", "--pg", "x"], ["a", "--format", "xml"], ["--help"], ["a", "-h"], ["-x", "a"]]
)
def test_what_is_not_plainly_right_is_left_to_click(words: list[str]) -> None:
    assert checking.understood(words) is None


def test_every_command_is_where_the_list_says() -> None:
    import importlib

    for module, names in MODULES.items():
        held = importlib.import_module(f"pgwarrant.cli.{module}").commands
        assert [command.name for command in held] == list(names)


def test_public_names_are_where_the_list_says() -> None:
    typed = re.findall(r"^    from pgwarrant\.(\w+) import (\(.*?\)|.*?)$", Path(pw.__file__).read_text(), re.M | re.S)
    homes = {module: tuple(re.findall(r"\w+", names)) for module, names in typed if module != "_core"}
    assert {module: tuple(sorted(names)) for module, names in homes.items()} == {
        module: tuple(sorted(names)) for module, names in pw._HOMES.items()
    }
    for name in pw.__all__:
        assert getattr(pw, name) is not None
    assert set(pw.__all__) <= set(dir(pw))
    raised = {kind.__name__ for kind in pw.errors.CLASSES.values()}
    assert set(pw._HOMES["errors"]) == raised == set(pw.errors.__all__) - {"CLASSES", "CODES"}
    assert {name for names in pw._HOMES.values() for name in names} <= set(pw.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = pw.nonsense  # type: ignore[attr-defined]


def test_a_check_imports_nothing_heavy(sql: Callable[..., Path]) -> None:
    file = sql(a=DROP) / "a.sql"
    code = (
        "import sys; from pgwarrant.cli import run; status = run(sys.argv[1:]);"
        "heavy = {'click', 'rich', 'jinja2', 'json', 'logging', 'typing', 'pathlib', 're', 'dataclasses', 'tomllib',"
        "'inspect', 'importlib.metadata', 'argparse', 'pgwarrant.errors', 'pgwarrant.change'};"
        "print(status, sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, "check", file],
        capture_output=True,
        text=True,
        check=True,
        cwd=file.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT / "python")},
    )
    assert done.stdout.splitlines()[-1] == "0 []"


# The same from Python.


def test_the_api_gives_one_result_for_each_input(sql: Callable[..., Path]) -> None:
    folder = sql(a=DROP, b=BROKEN)
    checked = pw.check([folder, EXAMPLES / "p0-2", folder / "gone.sql"], pg=16)
    assert [one.outcome for one in checked] == ["PASS", "FAIL", "PASS", "NOT_RUN"]
    assert [Path(one.path or "").name for one in checked] == ["a.sql", "b.sql", "p0-2", "gone.sql"]
    assert checked[3].error is not None
    assert checked[3].error["error"] == "checks.missing"
    assert not checked[3].passed
    assert {finding["rule"] for finding in checked[0].findings} == {
        finding["rule"] for finding in pw.Script.open(folder / "a.sql").check(pg=16).findings
    }
    alone = pw.Change.open(EXAMPLES / "p0-2").check(pg=16).to_dict()
    assert {**alone, "path": checked[2].path, "kind": "change"} == checked[2].to_dict()
    quiet = pw.check(folder / "a.sql", exclude_rules=["drop-column", "missing-timeouts", "missing-statement-timeout"])
    assert quiet[0].findings == []
    with pytest.raises(pw.ChecksError) as refused:
        pw.check(folder, exclude_rules=["cascade"])
    assert (refused.value.code, refused.value.exit_status) == ("checks.gate-rule", 2)
