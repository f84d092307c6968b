"""The commands, behind click. A command's module is imported when the command is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, MutableMapping, Sequence
from pathlib import Path

import click

from pgwarrant import __version__
from pgwarrant.errors import PgWarrantError
from pgwarrant.report.escape import visible_block

__all__ = ["commands", "dispatch", "explained"]

#: Module -> the commands it holds.
MODULES = {
    "checking": ("init", "check", "statements", "freeze", "explain", "contract"),
    "rehearsing": ("dry-run", "servers", "demo"),
    "targeting": ("preflight", "snapshot", "diff"),
    "packaging": ("package", "sign", "status", "report"),
    "applying": ("apply", "rollback", "verify", "backup", "journal"),
}


class Lazy(MutableMapping[str, click.Command]):
    """Commands by name, each imported when it is looked at."""

    def __init__(self) -> None:
        self.modules = {name: module for module, names in MODULES.items() for name in names}
        self.loaded: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self.loaded and name in self.modules:
            module = importlib.import_module(f"pgwarrant.cli.{self.modules[name]}")
            self.loaded.update({command.name: command for command in module.commands})
        return self.loaded[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self.loaded[name] = command

    def __delitem__(self, name: str) -> None:
        self.modules.pop(name, None)
        self.loaded.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self.modules, *self.loaded}))

    def __len__(self) -> int:
        return len({*self.modules, *self.loaded})


@click.group(commands=Lazy(), context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
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


def dispatch(given: Sequence[str]) -> int:
    """Run one command; its exit status."""
    status = commands.main(args=list(given), prog_name="pgwarrant", standalone_mode=False)
    return status if isinstance(status, int) else 0


def explained(error: BaseException, given: Sequence[str]) -> int:
    """Say what went wrong; the exit status it stands for. What is our own fault is raised again."""
    if isinstance(error, PgWarrantError):
        click.echo(f"error: {visible_block(error.explained())}", err=True)
        if _wants_json(given):
            from pgwarrant.artefact import json_bytes

            click.echo(json_bytes(error.to_dict()).decode("utf-8", "backslashreplace").rstrip("\n"))
        return error.exit_status
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.ClickException):
        error.show()
        return 2 if isinstance(error, click.UsageError) else 4
    if isinstance(error, (click.Abort, KeyboardInterrupt)):
        click.echo("interrupted", err=True)
        return 130
    if isinstance(error, (OSError, ValueError)):
        click.echo(f"error: {visible_block(str(error))}", err=True)
        return 4
    raise error


def _wants_json(arguments: Sequence[str]) -> bool:
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return any((one == "--format" and two == "json") or one == "--format=json" for one, two in pairs)
