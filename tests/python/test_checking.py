"""`pgwarrant check`: what it takes, what it prints in every format, and what it ends with."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pgwarrant as pw
import pytest
import yaml
from conftest import EXAMPLES, ROOT
from pgwarrant import settings
from pgwarrant.cli import check as checking
from pgwarrant.cli.program import MODULES

FORMATS = checking.FORMATS
DROP = "ALTER TABLE shop.orders DROP COLUMN note;\n"
CREATE = "CREATE TABLE shop.orders (order_id bigint PRIMARY KEY);\n"
BROKEN = "SELEC 1;\n"
HIDING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
#: An identifier chosen to break whatever shows it; what a script may not hold at all is in the file names below.
HOSTILE = 'x""::error file=a::|`b`<script>alert(1)</script>[c](http://d) @e %0A%25 \n::warning::f'


def run(*words: object, cwd: Path | None = None, **more: Any) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    return subprocess.run(
        [sys.executable, "-m", "pgwarrant", "check", *map(str, words)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=cwd,
        env={**environment, **more.pop("env", {})},
        **more,
    )


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


# What it prints.


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


# The files that bring it into other repositories.


@pytest.mark.skipif(shutil.which("git") is None, reason="pre-commit works on a git repository")
def test_the_pre_commit_hook_runs(sql: Callable[..., Path]) -> None:
    manifest = ROOT / ".pre-commit-hooks.yaml"
    pre_commit = [sys.executable, "-m", "pre_commit"]
    subprocess.run([*pre_commit, "validate-manifest", str(manifest)], check=True)
    (hook,) = yaml.safe_load(manifest.read_text())
    assert (hook["id"], hook["language"], hook["types"]) == ("pgwarrant-check", "python", ["sql"])
    # The hook as it stands, but with the installation under test instead of one that pre-commit would build.
    local = {**hook, "language": "system", "entry": f"{sys.executable} -m {hook['entry']}"}
    folder = sql(migrations__a=CREATE)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"PRE_COMMIT_HOME": str(folder / ".cache"), "HOME": str(folder)}

    def git(*words: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *identity, *words], cwd=folder, check=True, env=environment, capture_output=True)

    def hooks() -> subprocess.CompletedProcess[str]:
        command = [*pre_commit, "run", "--all-files"]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": [local]}]}))
    git("init", "-q")
    git("add", "migrations", ".pre-commit-config.yaml")
    good = hooks()
    assert good.returncode == 0, good.stdout + good.stderr
    assert "pgwarrant check" in good.stdout
    (folder / "migrations" / "b.sql").write_text(BROKEN)
    git("add", "migrations")
    bad = hooks()
    assert bad.returncode == 1
    assert "error[unparsable]" in bad.stdout


def action() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
    return loaded


def test_the_action_is_valid_and_uses_every_input() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    steps = action()["runs"]["steps"]
    passed = {name: value for step in steps for name, value in {**step.get("env", {}), **step.get("with", {})}.items()}
    used = {found for value in passed.values() for found in re.findall(r"\$\{\{ inputs\.([\w-]+) \}\}", value)}
    assert used == set(action()["inputs"])
    for step in steps:
        # What an input holds is never text of a script, and every variable of a step is used in it.
        assert "${{" not in step.get("run", "")
        for name in step.get("env", {}):
            assert re.search(rf"\$\{{?{name}\b", step["run"]), name


@pytest.mark.parametrize(
    ("inputs", "status"),
    [
        ({"PATHS": "a.sql\n$(touch owned)\n", "FORMAT": "github"}, 2),
        ({"PATHS": "*.sql\n", "FORMAT": "github"}, 0),
        ({"PATHS": "*.sql\n", "FORMAT": "github", "FAIL_ON": "warning"}, 1),
        ({"PATHS": "a.sql", "FORMAT": "sarif", "FAIL_ON": "warning", "EXCLUDE_RULES": "drop-column rename"}, 0),
        ({"PATHS": "a.sql", "FORMAT": "sarif", "OUTPUT": "out.sarif", "PG": "16"}, 0),
        ({"PATHS": ""}, 2),
    ],
)
def test_the_script_of_the_action_runs(inputs: dict[str, str], status: int, sql: Callable[..., Path]) -> None:
    folder = sql(a=DROP)
    step = action()["runs"]["steps"][-1]
    defaults = {
        name: action()["inputs"][value.split(".")[1].split(" ")[0]].get("default", "")
        for name, value in step["env"].items()
    }
    place = {"GITHUB_OUTPUT": str(folder / "output"), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    environment = {**os.environ, **defaults, **inputs, **place}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    assert (folder / "output").read_text() == f"exit-status={status}\n"
    assert not (folder / "owned").exists()
    if inputs.get("OUTPUT"):
        assert json.loads((folder / "out.sarif").read_text())["version"] == "2.1.0"
        assert done.stdout == ""


def blocks(language: str) -> list[str]:
    text = (ROOT / "docs" / "checking.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_page_about_checking_says_what_is_so(sql: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = sql(migrations__0042_drop_note=f"\n\n{DROP}", changes__none=CREATE)
    assert blocks("")[0].rstrip() in run("migrations", "--exclude-rule", "missing-timeouts", cwd=folder).stdout
    (folder / "pyproject.toml").write_text(blocks("toml")[0])
    kept = settings.find(str(folder))
    assert set(settings.KEYS) <= set(kept)
    assert run("migrations", cwd=folder).returncode == 1
    (suppressed,) = blocks("sql")
    assert "1 suppressed with a reason" in run("-", cwd=folder, input=suppressed).stdout
    recipes = [yaml.safe_load(block) for block in blocks("yaml")]
    (hook,) = recipes[0]["repos"][0]["hooks"]
    assert checking.understood([*hook["args"], "a.sql"]) is not None
    used = [
        step
        for recipe in recipes[1:3]
        for step in recipe.get("steps", recipe.get("jobs", {}).get("migrations", {}).get("steps", []))
    ]
    ours = [step["with"] for step in used if step["uses"].startswith("pgwarrant/")]
    assert ours
    assert all(set(given) <= set(action()["inputs"]) for given in ours)
    monkeypatch.chdir(folder)
    for block in blocks("python"):
        exec(compile(block, "docs/checking.md", "exec"), {})
    text = (ROOT / "docs" / "checking.md").read_text()
    assert all(
        flag in text
        for option in checking.OPTIONS
        for flag in option.flags
        if flag.startswith("--") and flag not in ("--output", "--format")
    )
    assert all(f"`{shape}`" in text for shape in FORMATS)
