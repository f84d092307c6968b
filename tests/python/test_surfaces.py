"""README, plugin, MCP server, notebook displays, layout: the surfaces, used as their users use them."""

from __future__ import annotations

import ast
import doctest
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pgwarrant as pw
import pytest
from conftest import EXAMPLES, ROOT, Person, Production

PACKAGE = ROOT / "python" / "pgwarrant"


def test_the_readme_runs(reviewer: Person, tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text()
    contract = re.search(r"```\n(change add-orders\n.*?)```", text, re.DOTALL)
    assert contract is not None
    names = {
        "CONTRACT": contract[1].encode(),
        "OUT": tmp_path,
        "TRUST": reviewer.trust,
        "KEY": reviewer.key,
    }
    example = doctest.DocTestParser().get_doctest(text.replace("```", "\n"), names, "README", "README.md", 0)
    assert len(example.examples) > 15
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
    runner.run(example, out=said.append)
    assert runner.failures == 0, "".join(said)


def test_the_commands_of_the_readme_run(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text()
    block = re.search(r"```console\n(.*?)```", text, re.DOTALL)
    assert block is not None
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    commands = [line[2:] for line in block[1].splitlines() if line.startswith("$ ")]
    assert len(commands) >= 5
    for command in commands:
        done = subprocess.run(
            command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("major", [16, 18])
def test_the_demonstration_tells_the_whole_story(major: int, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pgwarrant", "demo", "--pg", str(major), "-o", str(tmp_path / "demo")]
    wide = {**os.environ, "COLUMNS": "200"}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=60, env=wide
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for said in ("warrant.none", "BLOCKED", "supersedes", "delta: foreign keys", "+8", "catalog restored exactly"):
        assert said in done.stdout, said
    assert " FAIL" not in done.stdout
    outcomes = [run.outcome for run in pw.Package.open(tmp_path / "demo").runs]
    assert sorted(outcomes) == ["BLOCKED", "PASS", "PASS"]
    assert len(list((tmp_path / "demo" / "runs").glob("*/REPORT.html"))) == 3


def test_the_readme_names_every_command() -> None:
    from pgwarrant.cli import commands

    text = (ROOT / "README.md").read_text()
    for name in commands.commands:
        assert name in text, name


def test_the_plugin_collects_a_change(pytester: pytest.Pytester) -> None:
    shutil.copytree(EXAMPLES / "p0-2", pytester.path / "good")
    shutil.copytree(EXAMPLES / "p0-2", pytester.path / "bad")
    contract = pytester.path / "bad" / "change.contract"
    contract.write_text(contract.read_text().replace("CREATE TABLE = 2", "CREATE TABLE = 3"))
    result = pytester.runpytest_subprocess("-q", "-p", "no:nbmake")
    result.stdout.fnmatch_lines(["*bad*", "*check ended in FAIL*"])
    outcomes = result.parseoutcomes()
    assert outcomes["failed"] >= 1
    assert outcomes["passed"] >= 3
    assert pytester.runpytest_subprocess("-q", "--no-pgwarrant", "-p", "no:nbmake").ret == 5


def test_the_fixtures_give_databases_of_ones_own(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pgwarrant as pw

        def test_one(pg_database, pg_cluster):
            pg_cluster.run(b"CREATE TABLE public.t (a int);", database=pw.snapshot(pg_database).database)
            assert pw.snapshot(pg_database).counts()["tables"] == 1

        def test_two(pg_database):
            assert pw.snapshot(pg_database).counts()["tables"] == 0
        """
    )
    result = pytester.runpytest_subprocess("-q", "-p", "no:nbmake")
    result.assert_outcomes(passed=2)


def test_the_plugin_imports_nothing_before_it_is_needed() -> None:
    code = "import sys, pgwarrant.pytest_plugin; print('mcp' in sys.modules, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def call(server: Any, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    import mcp

    async def ask() -> dict[str, Any]:
        async with mcp.Client(server) as client:
            answer = await client.call_tool(name, arguments)
            assert isinstance(answer.structured_content, dict)
            found = answer.structured_content
            return found.get("result", found)  # type: ignore[no-any-return]

    return anyio.run(ask)


def test_the_mcp_server_offers_five_tools_and_no_more() -> None:
    import mcp
    from pgwarrant.mcp_server import TOOLS, build

    async def names() -> list[str]:
        async with mcp.Client(build([EXAMPLES])) as client:
            return sorted(tool.name for tool in (await client.list_tools()).tools)

    assert anyio.run(names) == sorted(TOOLS) == ["check", "dry_run", "package", "preflight", "status"]


def test_the_server_speaks_over_stdio() -> None:
    """As an agent runtime starts it: the command itself, as a process."""
    import mcp

    words = ["-m", "pgwarrant", "mcp", "--workspace", str(EXAMPLES)]
    answer = call(mcp.StdioServerParameters(command=sys.executable, args=words), "check", {"change": "ws-q5"})
    assert answer["outcome"] == "PASS"
    assert answer["next_allowed_calls"] == ["dry_run"]


def test_an_agent_gets_as_far_as_a_package(production: Callable[..., Production], tmp_path: Path) -> None:
    from pgwarrant.mcp_server import build

    real = production("p0-2")
    shutil.copytree(EXAMPLES / "p0-2", tmp_path / "work" / "p0-2")
    server = build([tmp_path / "work"], {"production": real.owner.conninfo})
    before = real.fingerprint()
    assert call(server, "check", {"change": "p0-2"})["outcome"] == "PASS"
    early = call(server, "preflight", {"change": "p0-2", "target": "production"})
    assert early["error"] == "mcp.evidence-missing"
    dry = call(server, "dry_run", {"change": "p0-2", "pg": real.cluster.major})
    assert dry["outcome"] == "PASS", dry
    assert dry["next_allowed_calls"] == ["preflight"]
    assert call(server, "preflight", {"change": "p0-2", "target": "production"})["outcome"] == "PASS"
    made = call(server, "package", {"change": "p0-2", "output": "sealed"})
    assert made["who_can_unblock"] == "human", made
    assert pw.Package.open(tmp_path / "work" / "sealed").digest == made["digest"]
    assert call(server, "status", {"package": "sealed"})
    assert real.fingerprint() == before
    shown = str([call(server, "status", {"package": "sealed"}), made])
    assert real.owner.conninfo not in shown


@pytest.mark.parametrize("path", ["/etc", "..", "../..", "inside/../../outside", "link"])
def test_an_agent_cannot_leave_its_workspace(path: str, tmp_path: Path) -> None:
    from pgwarrant.mcp_server import build

    workspace = tmp_path / "work"
    workspace.mkdir()
    (workspace / "link").symlink_to(EXAMPLES / "p0-2")
    answer = call(build([workspace]), "check", {"change": path})
    assert answer["error"] == "mcp.outside-workspace"
    assert answer["who_can_unblock"] == "human"


def test_an_agent_names_targets_and_does_not_write_them(tmp_path: Path) -> None:
    from pgwarrant.mcp_server import build

    shutil.copytree(EXAMPLES / "p0-2", tmp_path / "p0-2")
    (tmp_path / "p0-2" / ".pgwarrant").mkdir()
    (tmp_path / "p0-2" / ".pgwarrant" / "dry_run.json").write_text("{}")
    answer = call(build([tmp_path]), "preflight", {"change": "p0-2", "target": "host=/tmp dbname=x"})
    assert answer["error"] == "mcp.unknown-target"


def test_displays_show_themselves() -> None:
    change = pw.Change.open(EXAMPLES / "phase-alpha")
    dry = change.dry_run()
    for shown in (change.check(), dry, dry.delta):
        html = shown._repr_html_()
        assert "<script" not in html
        assert 'class="pgw"' in html
    assert "86 of 86" in dry._repr_html_()


def test_every_file_says_what_it_is_for() -> None:
    for file in [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.pyi")]:
        tree = ast.parse(file.read_text())
        assert ast.get_docstring(tree), file
        assert len(file.read_text().splitlines()) <= 600, file


def test_a_phase_is_one_file() -> None:
    files = {file.stem for file in (PACKAGE / "phases").glob("*.py")} - {"__init__", "definition"}
    assert files == {module.PHASE.module for module in pw.PHASES}


def test_surfaces_never_reach_past_the_phases() -> None:
    """Only the core, called by one phase each, applies or rolls back; no surface does so by itself."""
    for file in PACKAGE.rglob("*.py"):
        text = file.read_text()
        for operation in ("apply", "rollback"):
            if f"_core.{operation}(" in text:
                assert file == PACKAGE / "phases" / f"{operation}.py"
