"""Commands around the package: package, sign, status, report."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from pgwarrant.artefact import Artefact, DryRun, Preflight
from pgwarrant.change import Change
from pgwarrant.cli.options import (
    bin_dir_option,
    change_argument,
    package_argument,
    pg_option,
    role_option,
    target_option,
    writable_trust_option,
)
from pgwarrant.cli.output import Output, exit_status, format_option, progress
from pgwarrant.cli.tables import facts, grid, heading, plain
from pgwarrant.package import Package
from pgwarrant.phases import report as reporting
from pgwarrant.phases import sign as signing
from pgwarrant.report.escape import visible, visible_block
from pgwarrant.report.view import major_of

__all__ = ["commands"]


@click.command()
@change_argument
@target_option(required=False)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The package's new folder.")
@click.option(
    "--dry-run", "rehearsed", type=click.Path(path_type=Path), help="A dry run saved earlier; else one is made."
)
@click.option(
    "--preflight", "looked", type=click.Path(path_type=Path), help="A preflight saved earlier; else one is made."
)
@click.option("--requested-by", help="Who asks for the decision; someone else has to give it.")
@pg_option
@bin_dir_option
@role_option
@format_option("text", "json")
def package(
    change: Path,
    target: str | None,
    output: Path,
    rehearsed: Path | None,
    looked: Path | None,
    requested_by: str | None,
    pg: int | None,
    bin_dir: str | None,
    role: str | None,
    shape: str,
) -> int:
    """Gather the evidence for CHANGE, seal it, ask for a decision, and stop."""
    if looked is None and target is None:
        raise click.UsageError("--target is needed, or a saved --preflight")
    out = Output(shape)
    opened = Change.open(change)
    checked = opened.check(pg=pg)
    if not checked.passed:
        return out.artefact(checked)
    if rehearsed:
        dry = DryRun.load(rehearsed)
    else:
        with progress("rehearsing on an ephemeral server"):
            dry = opened.dry_run(pg=pg or _major(opened, target, looked), bin_dir=bin_dir, role=role)
    if not dry.passed:
        return out.artefact(dry)
    with progress("looking at the target"):
        pre = Preflight.load(looked) if looked else opened.preflight(str(target), dry_run=dry)
    if not pre.passed:
        return out.artefact(pre)
    sealed = opened.package(dry_run=dry, preflight=pre, out=output, requested_by=requested_by, pg=pg)
    if shape == "json":
        out.data(sealed.to_dict())
    else:
        done: tuple[Artefact, ...] = (checked, dry, pre)
        passed = [(phase.phase, f"{len(phase.checks)} of {len(phase.checks)} checks passed") for phase in done]
        out.print(heading("package", "PASS"), facts(passed), plain(""), Text(visible_block(sealed.request)))
    return 0


def _major(change: Change, target: str | None, looked: Path | None) -> int | None:
    """The major the target runs: the dry run has to use the same one."""
    seen = Preflight.load(looked) if looked else change.preflight(str(target))
    return major_of(seen.target.get("server_version_num"))


@click.command()
@package_argument
@click.option("--role", help="The role that may log in and execute.")
@click.option("--warrant", help="Sign this warrant too, which somebody signed before, by its digest.")
@click.option("--key", help="Your private key; or a public key, whose private half is in your ssh-agent.")
@click.option("--agent", help="A key in your ssh-agent, by its comment or SHA256 fingerprint. Needs a terminal.")
@click.option("--operation", type=click.Choice(("apply", "rollback")), default="apply", show_default=True)
@click.option(
    "--decision",
    type=click.Choice(("approve", "approve-after-restored-dry-run", "reject")),
    default="approve",
    show_default=True,
)
@click.option("--minutes", type=click.IntRange(1), default=60, show_default=True, help="How long it is valid.")
@click.option("--supersedes", help="The digest of the warrant this one replaces.")
@click.option("--because", help="Why; for a superseding warrant, the one thing that changed.")
@click.option("--unsigned", is_flag=True, help="Only write the warrant, to be signed with ssh-keygen elsewhere.")
@click.option("--yes", is_flag=True, help="Do not ask before signing with the private key in a file.")
@click.option("--trust", help="Bind the warrant to this allowed_signers file and its policy.")
@writable_trust_option()
@target_option(required=False)
def sign(
    package: Path,
    role: str | None,
    warrant: str | None,
    key: str | None,
    operation: str,
    decision: str,
    minutes: int,
    supersedes: str | None,
    because: str | None,
    unsigned: bool,
    yes: bool,
    agent: str | None,
    trust: str | None,
    writable_trust: bool,
    target: str | None,
) -> int:
    """Read what PACKAGE would do, and sign a warrant for it with your own SSH key.

    With --target the target is looked at again: after a restart or a failover, the decision is about what is there now.
    """
    if sum(given is not None for given in (key, agent)) + unsigned != 1:
        raise click.UsageError("--key or --agent is needed to sign, or --unsigned to only write the warrant")
    if (role is None) == (warrant is None):
        raise click.UsageError("--role is needed for a new warrant, or --warrant to sign one that is there")
    opened = Package.open(package)
    signing.require_true_review(opened)
    if warrant is not None:
        digest, payload = signing.filed_request(opened, warrant)
        operation, decision = (str(json.loads(payload)[name]) for name in ("operation", "decision"))
    else:
        digest, payload = signing.write_request(
            opened,
            role=str(role),
            operation=operation,
            decision=decision,
            minutes=minutes,
            supersedes=supersedes,
            because=because,
            trust=trust,
            writable_trust=writable_trust,
            target=target,
        )
    out = Output()
    out.print(*_asked(opened, payload, operation))
    if unsigned:
        from pgwarrant.artefact import write_whole

        file = write_whole(opened.path / "warrants" / f"{digest[:12]}.json", payload)
        click.echo(f"written {file}\nsign it with: ssh-keygen -Y sign -n {signing.NAMESPACE} -f KEY {file}")
        return 0
    in_file = key is not None and not signing.is_public(key)
    if not (yes and in_file):
        if not sys.stdin.isatty():
            raise click.UsageError(
                "nobody is at the terminal to confirm; a person signs, or names a private key's file and says --yes"
            )
        if not click.confirm(f"Sign this ({decision}, {operation})?", default=False, err=True):
            click.echo("nothing was signed", err=True)
            return 3
    with tempfile.TemporaryDirectory(prefix="pgwarrant-key-") as scratch:
        named = Path(key) if key is not None else Path(scratch) / "key.pub"
        if agent is not None:
            named.write_text(signing.from_agent(agent) + "\n")
        signed = signing.sign_payload(opened, digest, payload, key=named, confirmed_by_a_person=not in_file)
    click.echo(f"warrant   {signed.warrant}\nsignature {signed.signature}\ndigest    {signed.digest}")
    return 0


def _asked(package: Package, payload: bytes, operation: str) -> list[Any]:
    said = json.loads(payload)
    pairs = [(name, value) for name, value in said.items() if not isinstance(value, dict)]
    for part in ("target", "instance"):
        pairs += [(f"{part} {name}", value) for name, value in said[part].items()]
    script = "rollback.sql" if operation == "rollback" else "change.sql"
    text = (package.path / script).read_text(encoding="utf-8", errors="backslashreplace")
    return [
        heading(script),
        Text(visible_block(text)),
        heading("what would be signed"),
        facts(pairs),
        heading("in words"),
        Text(visible_block(signing.in_words(payload))),
        plain(f"the evidence: {package.path / 'REVIEW.md'}"),
    ]


_WARRANT = ("digest", "operation", "decision", "role", "not_after", "signatures", "used", "superseded")
_RUN = ("run", "operation", "standing", "outcome", "at", "because")


def _row(record: dict[str, Any], names: tuple[str, ...]) -> list[object]:
    """One line of a table; of a digest the part that people use."""
    return [str(record[name])[:12] if name == "digest" else record[name] for name in names]


@click.command()
@package_argument
@target_option(required=False)
@format_option("text", "json")
def status(package: Path, target: str | None, shape: str) -> int:
    """Where PACKAGE stands and which step is next; with a target, an open run is resolved."""
    document = Package.open(package).status(target)
    out = Output(shape)
    if shape == "json":
        out.data(document)
    else:
        out.print(heading("status"), facts([(name, document[name]) for name in ("change", "package", "state")]))
        if document["warrants"]:
            out.print(heading("warrants"), grid(_WARRANT, [_row(row, _WARRANT) for row in document["warrants"]]))
        if document["runs"]:
            out.print(heading("runs"), grid(_RUN, [_row(row, _RUN) for row in document["runs"]]))
        out.print(Text.assemble(("next: ", "bold"), visible(document["next_step"])))
    return 5 if document["state"] in ("unresolved", "running") else 0


@click.command()
@package_argument
@click.option("--run", "number", type=int, default=-1, help="Which run, counted from 0; the last by default.")
@format_option("text", "json", "markdown")
@click.option("--html", is_flag=True, help="Print the HTML report.")
def report(package: Path, number: int, shape: str, html: bool) -> int:
    """The report of the last run of PACKAGE; Markdown and HTML are written beside its record."""
    done = reporting.run(Package.open(package), number=number)
    if html:
        click.echo(done.report.html)
    elif shape == "json":
        Output(shape).data(done.to_dict())
    elif shape == "markdown":
        click.echo(done.report.markdown)
    else:
        Output().artefact(done, title=f"{done.operation} {visible(done.get('change', ''))}")
        if done.folder:
            click.echo(f"report {done.folder / 'REPORT.html'}")
    return exit_status(done.to_dict())


commands = (package, sign, status, report)
