"""Commands that only read a database: preflight, snapshot, diff."""

from __future__ import annotations

from pathlib import Path

import click

from pgwarrant.artefact import DryRun
from pgwarrant.change import Change
from pgwarrant.cli.options import change_argument, save_option, target_option
from pgwarrant.cli.output import Output, format_option, progress
from pgwarrant.cli.tables import counts, delta, facts, heading
from pgwarrant.report.render import environment
from pgwarrant.snapshots import Snapshot

__all__ = ["commands"]

MARKDOWN = '{% import "parts.md.j2" as parts %}{{ parts.counts(delta.counts) }}{{ parts.delta(delta) }}'


@click.command()
@change_argument
@target_option()
@click.option("--dry-run", "rehearsed", type=click.Path(path_type=Path), help="The dry run to compare with.")
@save_option
@format_option()
def preflight(change: Path, target: str, rehearsed: Path | None, output: Path | None, shape: str) -> int:
    """Look at the target of CHANGE, read only, with a fixed set of queries."""
    opened = Change.open(change)
    dry = DryRun.load(rehearsed) if rehearsed else None
    with progress("looking at the target"):
        found = opened.preflight(target, dry_run=dry)
    if output:
        found.save(output)
    return Output(shape, folder=change.as_posix()).artefact(found)


@click.command()
@click.argument("dsn")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the snapshot here.")
@format_option("text", "json")
def snapshot(dsn: str, output: Path | None, shape: str) -> int:
    """Read the whole catalog of the database DSN."""
    with progress("reading the catalog"):
        taken = Snapshot.read(dsn)
    if output:
        taken.save(output)
    out = Output(shape)
    if shape == "json" and not output:
        click.echo(taken.to_bytes().decode())
    elif shape == "json":
        out.data({"format": 1, "fingerprint": taken.fingerprint, "database": taken.database, "file": str(output)})
    else:
        numbers = [(noun, number) for noun, number in sorted(taken.counts().items()) if number]
        head = [("database", taken.database), ("server", taken.server_version_num), ("fingerprint", taken.fingerprint)]
        out.print(heading("snapshot"), facts([*head, *numbers]))
    return 0


@click.command()
@click.argument("a")
@click.argument("b")
@format_option("text", "json", "markdown")
def diff(a: str, b: str, shape: str) -> int:
    """The changes from A to B; each is a snapshot file or a database."""
    before, after = _snapshot(a), _snapshot(b)
    found = before.diff(after)
    out = Output(shape)
    if shape == "json":
        out.data(found.to_dict())
    elif shape == "markdown":
        click.echo(environment("md").from_string(MARKDOWN).render(delta=found.to_dict()).strip())
    else:
        out.print(counts(found.counts), delta(found.to_dict()))
    return 1 if found else 0


def _snapshot(named: str) -> Snapshot:
    return Snapshot.load(named) if Path(named).is_file() else Snapshot.read(named)


commands = (preflight, snapshot, diff)
