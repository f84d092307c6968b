"""Commands that need a warrant, and those around them: apply, rollback, verify, backup, journal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from pgwarrant import _core
from pgwarrant.artefact import Run
from pgwarrant.cli.options import (
    bin_dir_option,
    package_argument,
    target_option,
    trust_option,
    warrant_option,
    writable_trust_option,
)
from pgwarrant.cli.output import Output, format_option, progress
from pgwarrant.cli.tables import facts, heading
from pgwarrant.package import Package

__all__ = ["commands"]

Command = TypeVar("Command", bound=Callable[..., Any])


def run_options(command: Command) -> Command:
    """The arguments of the two commands that change a target."""
    for option in reversed(
        (
            package_argument,
            target_option(),
            trust_option(),
            writable_trust_option(),
            warrant_option(),
            click.option(
                "--backup",
                type=click.Path(path_type=Path),
                help="A backup.json made by `pgwarrant backup`, or the record of a backup made by other means.",
            ),
            click.option(
                "--prove-backup",
                is_flag=True,
                help="Restore the backup into a throw-away cluster first; its catalog has to be the target's.",
            ),
            click.option("--backup-target", help="Connect like this for the backup, if not as --target."),
            bin_dir_option,
            format_option("text", "json", "markdown"),
        )
    ):
        command = option(command)
    return command


@click.command()
@run_options
def apply(package: Path, target: str, shape: str, **how: Any) -> int:
    """Apply PACKAGE exactly as signed, in one transaction, or not at all."""
    with progress("applying"):
        run = Package.open(package).apply(target, **how)
    return _told(run, shape)


@click.command()
@run_options
def rollback(package: Path, target: str, shape: str, **how: Any) -> int:
    """Undo an applied PACKAGE, under a warrant of its own."""
    with progress("rolling back"):
        run = Package.open(package).rollback(target, **how)
    return _told(run, shape)


@click.command()
@package_argument
@target_option()
@format_option("text", "json", "markdown")
def verify(package: Path, target: str, shape: str) -> int:
    """Look at the target again over a fresh connection: does it show what PACKAGE promised?"""
    return Output(shape).artefact(Package.open(package).verify(target), title="verify")


@click.command()
@package_argument
@target_option()
@bin_dir_option
@format_option("text", "json")
def backup(package: Path, target: str, bin_dir: str | None, shape: str) -> int:
    """Take the backup that apply asks for: pg_dump -Fc, its sha256, size and table of contents."""
    with progress("taking a backup"):
        taken = Package.open(package).backup(target, bin_dir=bin_dir)
    out = Output(shape)
    if shape == "json":
        out.data(taken)
    else:
        out.print(heading("backup", "PASS"), facts([(name, value) for name, value in taken.items()]))
    return 0


@click.group()
def journal() -> None:
    """Work on journals."""


@journal.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@format_option("text", "json")
def verify_journal(file: Path, shape: str) -> int:
    """Verify the hash chain of a journal FILE."""
    document = _core.verify_journal(str(file))
    out = Output(shape)
    if shape == "json":
        out.data(document)
    else:
        simple = [(name, value) for name, value in document.items() if not isinstance(value, (dict, list))]
        out.print(heading("journal", "PASS"), facts(simple))
    return 0


def _told(run: Run, shape: str) -> int:
    status = Output(shape).artefact(run, title=run.operation)
    if run["warrant"]["same_account"]:
        click.echo(
            "WARNING: this account could have written the trust root: nothing proves who decided (--writable-trust)",
            err=True,
        )
    if run.folder is not None:
        click.echo(f"report {run.folder / 'REPORT.html'}", err=True)
    return status


commands = (apply, rollback, verify, backup, journal)
