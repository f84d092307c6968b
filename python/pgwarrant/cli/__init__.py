"""The command line. It translates: every judgement is made in the core.

Exit status: 0 pass; 1 findings, failed checks or differences; 2 usage; 3 refused or blocked; 4 could not do it;
5 the outcome of a run is not resolved yet.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from pgwarrant import __version__
from pgwarrant.artefact import json_bytes
from pgwarrant.cli import applying, checking, packaging, rehearsing, targeting
from pgwarrant.errors import PgWarrantError
from pgwarrant.report.escape import visible_block

__all__ = ["commands", "main", "run"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="pgwarrant")
def commands() -> None:
    """An agent writes the DDL. A person signs the warrant. PostgreSQL is changed exactly as signed, or not at all."""


@commands.command()
@click.option(
    "--workspace",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder whose changes and packages may be used; the current one by default.",
)
@click.option(
    "--target", "targets", multiple=True, metavar="NAME=DSN", help="A database that may be looked at, by name."
)
def mcp(workspace: tuple[Path, ...], targets: tuple[str, ...]) -> int:
    """Serve check, dry run, preflight, package and status to an agent over stdio. Never sign, never apply."""
    try:
        from pgwarrant.mcp_server import serve
    except ModuleNotFoundError as missing:
        raise click.ClickException(f"{missing}; install it with: pip install 'pgwarrant[mcp]'") from missing
    named = dict(target.split("=", 1) for target in targets if "=" in target)
    if len(named) != len(targets):
        raise click.UsageError("--target is written NAME=DSN, each name once")
    serve(list(workspace) or [Path.cwd()], named)
    return 0


for _group in (checking, rehearsing, targeting, packaging, applying):
    for _command in _group.commands:
        commands.add_command(_command)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = commands.main(args=given, prog_name="pgwarrant", standalone_mode=False)
    except PgWarrantError as error:
        click.echo(f"error: {visible_block(error.explained())}", err=True)
        if _wants_json(given):
            click.echo(json_bytes(error.to_dict()).decode("utf-8", "backslashreplace").rstrip("\n"))
        return error.exit_status
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return 2 if isinstance(error, click.UsageError) else 4
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return 130
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - the reader is gone, nothing more can be said
        return 4
    except (OSError, ValueError) as error:
        click.echo(f"error: {visible_block(str(error))}", err=True)
        return 4
    return status if isinstance(status, int) else 0


def _wants_json(arguments: Sequence[str]) -> bool:
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return any((one == "--format" and two == "json") or one == "--format=json" for one, two in pairs)


def main() -> None:
    """The program ``pgwarrant``."""
    sys.exit(run())
