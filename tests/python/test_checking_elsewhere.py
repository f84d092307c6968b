"""What brings `pgwarrant check` into other repositories: the hook, the action, and the page about it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from pgwarrant import settings
from pgwarrant.cli import check as checking
from scripts import BROKEN, CREATE, DROP, FORMATS, run


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
