"""Commands that start servers of their own: dry-run, servers, demo."""

from __future__ import annotations

from pathlib import Path

import click

from pgwarrant.change import Change
from pgwarrant.cli.options import bin_dir_option, change_argument, pg_option, role_option, save_option
from pgwarrant.cli.output import Output, format_option, progress
from pgwarrant.cli.tables import grid
from pgwarrant.cluster import servers as found_servers

__all__ = ["commands"]


@click.command("dry-run")
@change_argument
@pg_option
@bin_dir_option
@click.option("--base", type=click.Choice(("structural", "restored")), default="structural", show_default=True)
@click.option("--target", help="With --base restored: the database whose schema is restored first.")
@role_option
@save_option
@format_option()
def dry_run(
    change: Path,
    pg: int | None,
    bin_dir: str | None,
    base: str,
    target: str | None,
    role: str | None,
    output: Path | None,
    shape: str,
) -> int:
    """Rehearse CHANGE on an ephemeral server: forward, back and forward again."""
    if base == "restored" and not target:
        raise click.UsageError("--base restored needs --target")
    opened = Change.open(change)
    with progress("rehearsing on an ephemeral server"):
        done = opened.dry_run(pg=pg, bin_dir=bin_dir, base=base, target=target, role=role)
    if output:
        done.save(output)
    return Output(shape, folder=change.as_posix()).artefact(done)


@click.command()
@bin_dir_option
@format_option("text", "json")
def servers(bin_dir: str | None, shape: str) -> int:
    """List the PostgreSQL servers of this machine, most preferred first."""
    found = found_servers(bin_dir)
    out = Output(shape)
    if shape == "json":
        out.data(found)
    else:
        names = ("major", "version", "source", "tools", "extensions", "bin")
        rows = []
        for server in found:
            extensions = server["extensions"]
            said = ", ".join(extensions[:4]) + (f" and {len(extensions) - 4} more" if len(extensions) > 4 else "")
            rows.append((server["major"], server["version"], server["source"], server["tools"], said, server["bin"]))
        out.print(grid(names, rows))
    return 0 if found else 4


@click.command()
@pg_option
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to put package, journal and report.")
def demo(pg: int | None, output: Path | None) -> int:
    """The whole story on an embedded server: refused, blocked, reauthorised, applied, rolled back."""
    from pgwarrant.demo import run

    return run(pg=pg, out=output)


commands = (dry_run, servers, demo)
