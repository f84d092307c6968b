"""How results leave the command line: data on stdout in the format asked for, everything else on stderr."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import click
from rich.console import Console

from pgwarrant import report
from pgwarrant.artefact import Artefact, json_bytes
from pgwarrant.cli import tables
from pgwarrant.cli.check import FORMATS
from pgwarrant.report.render import environment

__all__ = ["FORMATS", "Output", "exit_status", "format_option", "progress"]

Command = TypeVar("Command", bound=Callable[..., Any])

STATUS = {"PASS": 0, "FAIL": 1, "ROLLED_BACK": 3, "BLOCKED": 3}

MARKDOWN = """{% import "parts.md.j2" as parts %}
# {{ title }}: {{ document.outcome }}

{% for f in document.findings or [] %}
- **{{ f.severity }}** {{ f.rule }} at {{ f.file }}{% if f.place %}:{{ f.place.line }}{% endif %}:
  {{ f.message }} {{ f.instruction }}
{% endfor %}

{{ parts.checks(document.checks) }}
{% if document.delta %}
{{ parts.counts(document.delta.counts) }}
{{ parts.delta(document.delta) }}
{% endif %}
"""


def exit_status(document: Mapping[str, Any]) -> int:
    """0 pass; 1 findings or failed checks; 3 blocked, or undone because a verification before COMMIT did not hold.

    >>> exit_status({"outcome": "PASS"}), exit_status({"outcome": "BLOCKED"}), exit_status({"outcome": "ROLLED_BACK"})
    (0, 3, 3)
    """
    return STATUS.get(str(document.get("outcome")), 1)


def format_option(*formats: str) -> Callable[[Command], Command]:
    """The ``--format`` option with the formats a command knows."""
    return click.option(
        "--format",
        "shape",
        type=click.Choice(formats or FORMATS),
        default="text",
        show_default=True,
        help="How to print the result.",
    )


def console(*, error: bool = False) -> Console:
    """A console that obeys NO_COLOR and does not wrap to 80 columns when nobody looks."""
    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else int(os.environ.get("COLUMNS") or 140)
    return Console(file=stream, highlight=False, markup=False, emoji=False, width=width)


@contextlib.contextmanager
def progress(doing: str) -> Iterator[None]:
    """Say what takes a moment, on a terminal only."""
    if not sys.stderr.isatty():
        yield
        return
    with console(error=True).status(doing):
        yield


class Output:
    """Prints one command's result."""

    def __init__(self, shape: str = "text", *, folder: str = "") -> None:
        self.shape = shape
        self.folder = folder

    def artefact(self, shown: Artefact, title: str | None = None) -> int:
        """Print a phase's document; the exit status it stands for."""
        document = shown.to_dict()
        if self.shape == "json":
            self.data(document)
        elif self.shape == "sarif":
            from pgwarrant import __version__, _core

            self.data(report.sarif(document, folder=self.folder, version=__version__, rules=_core.rules()))
        elif self.shape == "github":
            lines = report.github_annotations(document, folder=self.folder)
            if lines:
                click.echo(lines)
        elif self.shape == "markdown":
            text = environment("md").from_string(MARKDOWN).render(title=title or shown.phase, document=document)
            click.echo(text.strip())
        else:
            self.print(*tables.artefact(document, title=title or shown.phase))
        return exit_status(document)

    def data(self, value: Any) -> None:
        """Print JSON."""
        click.echo(json_bytes(value).decode("utf-8", "backslashreplace").rstrip("\n"))

    def print(self, *parts: Any) -> None:
        """Print tables and text for people."""
        out = console()
        for part in parts:
            out.print(part)

    def say(self, text: str) -> None:
        """A remark, on stderr."""
        click.echo(text, err=True)
