"""``pgwarrant check``: its options, said once, and its work.

The options are read here without click, which alone takes longer to import than most checks take. Whatever is not
plainly right (a mistake, ``--help``) is left to click, which builds the same command from the same table and explains.
"""

from __future__ import annotations

import os
import sys

from pgwarrant import _core

# Not from `typing`: importing it takes longer than most checks.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TextIO

__all__ = ["FORMATS", "OPTIONS", "Option", "perform", "understood"]

FORMATS = ("text", "json", "markdown", "sarif", "github")


class Option:
    """One option: its flags, the name of its value, and what the value may be."""

    __slots__ = ("choices", "flags", "help", "kind", "metavar", "name")

    def __init__(
        self, name: str, *flags: str, kind: str = "one", choices: object = None, metavar: str = "", help: str = ""
    ) -> None:
        self.name = name
        self.flags = flags
        #: ``one`` value, ``many`` (repeatable) or ``switch`` (no value).
        self.kind = kind
        #: The words it may be, or the range of numbers.
        self.choices = choices
        self.metavar = metavar
        self.help = help

    def value(self, text: str) -> object:
        """The value that a text means, or None where it means none."""
        if isinstance(self.choices, range):
            return int(text) if text.isascii() and text.isdigit() and int(text) in self.choices else None
        if isinstance(self.choices, tuple):
            return text if text in self.choices else None
        return text


OPTIONS = (
    Option("pg", "--pg", choices=range(9, 100), help="The PostgreSQL major the scripts are for, for instance 16."),
    Option(
        "snapshot", "--snapshot", metavar="FILE", help="What `pgwarrant snapshot` wrote of the target: sizes, indexes."
    ),
    Option("fail_on", "--fail-on", choices=("error", "warning", "note"), help="The mildest finding that ends with 1."),
    Option("exclude_rule", "--exclude-rule", kind="many", metavar="RULE", help="A hazard rule to leave out."),
    Option("shape", "--format", choices=FORMATS, help="How to print the result."),
    Option("output", "-o", "--output", metavar="FILE", help="Also write the JSON document here."),
    Option("config", "--config", metavar="FILE", help="Take the settings from this file."),
    Option("no_config", "--no-config", kind="switch", help="Take no settings from pgwarrant.toml or pyproject.toml."),
    Option("rules", "--rules", kind="switch", help="List the rules instead."),
)
_BY_FLAG = {flag: option for option in OPTIONS for flag in option.flags}


def understood(arguments: Sequence[str]) -> tuple[list[str], dict[str, Any]] | None:
    """Paths and options, or None where click has to look.

    >>> understood(["a.sql", "--pg", "16", "--exclude-rule=rename"])
    (['a.sql'], {'pg': 16, 'exclude_rule': ('rename',)})
    >>> understood(["a.sql", "--pg", "many"])
    """
    paths: list[str] = []
    asked: dict[str, Any] = {}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--":
            paths += rest
            break
        if not word.startswith("-") or word == "-":
            paths.append(word)
            continue
        flag, equals, text = word.partition("=") if word.startswith("--") else (word, "", "")
        option = _BY_FLAG.get(flag)
        if option is None or (option.kind == "switch" and equals):
            return None
        if option.kind == "switch":
            asked[option.name] = True
            continue
        if not equals:
            if not rest:
                return None
            text = rest.pop(0)
        value = option.value(text)
        if value is None:
            return None
        asked[option.name] = (*asked.get(option.name, ()), value) if option.kind == "many" else value
    return (paths, asked) if paths or asked.get("rules") else None


def perform(
    paths: Sequence[str],
    *,
    pg: int | None = None,
    snapshot: str | None = None,
    fail_on: str | None = None,
    exclude_rule: Sequence[str] = (),
    shape: str | None = None,
    output: str | None = None,
    config: str | None = None,
    no_config: bool = False,
    rules: bool = False,
) -> int:
    """Check what was named and print the result; the exit status."""
    if rules:
        for rule in _core.rules():
            _write(sys.stdout, f"{rule['rule']:40} {rule['family']:7} {rule['severity']}\n")
        return 0
    from pgwarrant import settings

    kept = {} if no_config else settings.read(config) if config else settings.find(".")
    shape = shape or "text"
    found = _core.check_paths(
        list(paths),
        show={"text": "text", "json": "everything"}.get(shape, "findings"),
        json=shape == "json" or output is not None,
        stdin=sys.stdin.buffer.read() if "-" in paths else None,
        pg=pg or kept.get("pg"),
        snapshot=snapshot,
        fail_on=fail_on or kept.get("fail-on", "error"),
        exclude_rules=[*kept.get("exclude-rules", ()), *exclude_rule],
        per_file=kept.get("per-file-exclude-rules", {}),
        root=kept.get("root"),
        color=_colored(sys.stdout),
        width=_width(),
    )
    _write(sys.stderr, found["errors"])
    if output is not None:
        from pgwarrant.artefact import write_whole

        write_whole(output, found["json"].encode())
    if shape == "text":
        for piece in found["text"]:
            _write(sys.stdout, piece)
    elif shape == "json":
        _write(sys.stdout, found["json"])
    else:
        from pgwarrant import report

        _write(sys.stdout, report.checked(shape, found["document"], exit_status=found["exit_status"]))
    return int(found["exit_status"])


def _colored(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _width() -> int:
    if sys.stdout.isatty():
        try:
            return os.get_terminal_size(sys.stdout.fileno()).columns
        except OSError:
            return 0
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isascii() and columns.isdigit() else 0


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()
