"""Commands that only read a database: preflight, snapshot, diff."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import click

from pgwarrant.artefact import DryRun, json_bytes, write_whole
from pgwarrant.change import Change
from pgwarrant.cli.options import bin_dir_option, change_argument, pg_option, save_option, target_option
from pgwarrant.cli.output import Output, format_option, progress
from pgwarrant.cli.tables import counts, delta, facts, heading, renamed
from pgwarrant.snapshots import Delta, Snapshot

__all__ = ["commands"]


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
@click.argument("sides", nargs=-1, metavar="[A] [B]")
@click.option(
    "--script",
    "scripts",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False),
    help="A script that stands for A, and given twice for A and B.",
)
@click.option("--schema", "schemas", multiple=True, help="Only what lies in this schema; may be given again.")
@click.option(
    "--object", "objects", multiple=True, help="Only this object and what lies in it, for instance app.users."
)
@click.option("--sql", is_flag=True, help="Print the DDL that leads from A to B; it covers all that differs.")
@click.option(
    "--allow",
    type=click.Choice(["data-loss"]),
    help="With --sql: also the statements that lose rows or values, which are left out otherwise.",
)
@click.option("--role", help="Who runs a script and owns what it makes; the superuser of the other side, unless said.")
@pg_option
@bin_dir_option
@save_option
@format_option("text", "json", "markdown", "html", "arrow")
def diff(
    sides: tuple[str, ...],
    scripts: tuple[str, ...],
    schemas: tuple[str, ...],
    objects: tuple[str, ...],
    sql: bool,
    allow: str | None,
    role: str | None,
    pg: int | None,
    bin_dir: str | None,
    output: Path | None,
    shape: str,
) -> int:
    """The changes from A to B: each a snapshot file, a database, or a script (*.sql).

    A script is built on a throw-away server, of the major of the other side.
    """
    if sql and (schemas or objects or shape != "text"):
        raise click.UsageError("--sql prints one script for all that differs: without --schema, --object and --format")
    if allow and not sql:
        raise click.UsageError("--allow is about the statements of --sql")
    named = [*((script, True) for script in scripts), *((side, _is_script(side)) for side in sides)]
    if len(named) != 2:
        raise click.UsageError(f"two sides are compared, not {len(named)}")
    taken: list[Snapshot | None] = [None if script else _snapshot(side) for side, script in named]
    with progress("building the script on an ephemeral server"):
        for at, (side, script) in enumerate(named):
            if script:
                taken[at] = Snapshot.of_script(Path(side), role=role, like=taken[1 - at], pg=pg, bin_dir=bin_dir)
    before, after = (side for side in taken if side is not None)
    try:
        found = before.diff(after).within(schemas=schemas, objects=objects)
    except ValueError as unknown:
        raise click.UsageError(str(unknown)) from unknown
    if output:
        write_whole(output, json_bytes(found.to_dict()))
    out = Output(shape)
    majors = [side.server_version_num // 10_000 for side in (before, after)]
    if majors[0] != majors[1]:
        out.say(
            f"PostgreSQL {majors[0]} is compared with {majors[1]}: what only one of them writes down is a difference"
        )
    if sql:
        click.echo(found.sql(data_loss=allow == "data-loss").rstrip("\n"))
    elif shape == "json":
        out.data(found.to_dict())
    elif shape == "arrow":
        _write_arrow(found)
    elif shape in ("markdown", "html"):
        click.echo((found.to_markdown() if shape == "markdown" else found.to_html()).rstrip("\n"))
    else:
        out.print(counts(found.counts), delta(found.to_dict()))
        for pair in found.renamed:
            out.print(renamed(pair))
    return 1 if found else 0


def _is_script(named: str) -> bool:
    return named.endswith(".sql") and Path(named).is_file()


def _snapshot(named: str) -> Snapshot:
    if Path(named).is_file():
        return Snapshot.load(named)
    with progress("reading the catalog"):
        return Snapshot.read(named)


def _write_arrow(found: Delta) -> None:
    """Write the rows of a delta as an Arrow IPC stream."""
    try:
        from arro3.io import write_ipc_stream
    except ImportError as missing:
        raise click.UsageError("--format arrow needs the extra: pip install 'pgwarrant[arrow]'") from missing
    if sys.stdout.isatty():
        raise click.UsageError("an Arrow stream is no text: send it to a file or into a pipe")
    held = io.BytesIO()
    write_ipc_stream(found, held, compression=None)
    sys.stdout.buffer.write(held.getvalue())


commands = (preflight, snapshot, diff)
