"""Commands that need no server: init, check, statements, freeze, explain, contract draft."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pgwarrant import _core
from pgwarrant.artefact import DryRun
from pgwarrant.change import Change
from pgwarrant.cli.check import OPTIONS, Option, perform
from pgwarrant.cli.options import change_argument, pg_option
from pgwarrant.cli.output import Output, format_option
from pgwarrant.cli.tables import facts, heading
from pgwarrant.errors import CODES, ChangeError
from pgwarrant.script import Script, freeze

__all__ = ["commands"]


@click.command()
@click.argument("name", type=click.Path(path_type=Path))
def init(name: Path) -> int:
    """Lay out a new change directory NAME."""
    change = Change.init(name)
    for file in change.files:
        click.echo(str(name / file))
    return 0


def _as_click(option: Option) -> Callable[[Any], Any]:
    """An option of the table, as click's."""
    if option.kind == "switch":
        return click.option(*option.flags, option.name, is_flag=True, help=option.help)
    kind: Any = None
    if isinstance(option.choices, range):
        kind = click.IntRange(option.choices[0], option.choices[-1])
    elif isinstance(option.choices, tuple):
        kind = click.Choice(option.choices)
    return click.option(
        *option.flags,
        option.name,
        type=kind,
        multiple=option.kind == "many",
        metavar=option.metavar or None,
        help=option.help,
    )


@click.argument("paths", nargs=-1)
def check(paths: tuple[str, ...], **asked: Any) -> int:
    """Check PATHS without a database: change directories against their contracts, SQL files, directories of them and
    quoted patterns by the hazard rules alone; - is standard input.
    """
    if not paths and not asked["rules"]:
        raise click.UsageError("name what to check: files, directories, changes, patterns, or -")
    return perform(paths, **asked)


for _option in reversed(OPTIONS):
    check = _as_click(_option)(check)
check = click.command()(check)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def statements(file: Path) -> int:
    """What psql would send of FILE, one JSON line each."""
    for statement in Script.open(_readable(file)).statements:
        click.echo(json.dumps(statement.to_dict(), ensure_ascii=False, sort_keys=True))
    return 0


@click.command("freeze")
@click.argument("document", type=click.Path(path_type=Path))
@click.option("--heading", help="Take the fenced block under this heading.")
@click.option("--index", type=click.IntRange(0), help="Take the fenced block with this number, counted from 0.")
@click.option("--sha256", help="Refuse when the text has another sha256.")
def freeze_command(document: Path, heading: str | None, index: int | None, sha256: str | None) -> int:
    """Take the SQL out of a fenced block of a Markdown DOCUMENT."""
    text = freeze(_readable(document).read_bytes(), heading=heading, index=index, sha256=sha256)
    sys.stdout.buffer.write(text)
    return 0


@click.command()
@click.argument("code", required=False)
@format_option("text", "json")
def explain(code: str | None, shape: str) -> int:
    """What a rule or an error CODE means; without one, list them all."""
    out = Output(shape)
    if code is None:
        rules = _core.rules()
        meanings = {entry["code"]: entry["meaning"] for entry in _core.codes()} | CODES
        if shape == "json":
            out.data({"rules": rules, "codes": dict(sorted(meanings.items()))})
        else:
            out.print(heading("rules"), facts([(row["rule"], f"{row['family']}, {row['severity']}") for row in rules]))
            out.print(heading("codes"), facts(sorted(meanings.items())))
        return 0
    text = _core.explain(code) or (f"# {code}\n\n{CODES[code]}" if code in CODES else None)
    if text is None:
        raise click.UsageError(f"{code!r} is no rule and no code; `pgwarrant explain` lists them all")
    click.echo(text.rstrip("\n"))
    return 0


@click.group()
def contract() -> None:
    """Work on contracts."""


@contract.command()
@change_argument
@click.option(
    "--dry-run", "rehearsed", type=click.Path(path_type=Path), help="A dry run saved earlier; else one is made."
)
@pg_option
def draft(change: Path, rehearsed: Path | None, pg: int | None) -> int:
    """Write a first contract for CHANGE from a dry run, for a person to prune."""
    opened = Change.open(change)
    dry = DryRun.load(_readable(rehearsed)) if rehearsed else opened.dry_run(pg=pg)
    click.echo(opened.draft_contract(dry).rstrip("\n"))
    return 0


def _readable(file: Path) -> Path:
    if not file.is_file():
        raise ChangeError(
            f"{file} is not a file",
            code="change.missing-file",
            facts={"file": str(file)},
            hint="check the path",
        )
    return file


commands = (init, check, statements, freeze_command, explain, contract)
