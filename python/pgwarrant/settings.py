"""The settings of a check that a repository keeps: ``[check]`` in ``pgwarrant.toml``, or ``[tool.pgwarrant.check]`` in
``pyproject.toml``. What they may hold is said in ``docs/checking.md``; anything else is an error, never passed over.
"""

from __future__ import annotations

import os

# Not from `typing`: importing it takes longer than most checks.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["FILES", "KEYS", "find", "read"]

#: File -> the tables that lead to the settings. The first one found counts, from the working directory upwards.
FILES = {"pgwarrant.toml": ("check",), "pyproject.toml": ("tool", "pgwarrant", "check")}
#: Key -> what it holds.
KEYS = {
    "pg": "a PostgreSQL major, for instance 16",
    "fail-on": '"error", "warning" or "note"',
    "exclude-rules": "a list of hazard rules",
    "per-file-exclude-rules": "a table of patterns, each with a list of hazard rules",
}
SEVERITIES = ("error", "warning", "note")


def find(start: str) -> dict[str, Any]:
    """The settings for a directory, ``{}`` where there are none. The search ends at the top of the repository."""
    folder = os.path.abspath(start)  # noqa: PTH100 - pathlib takes longer to import than a check takes
    while True:
        for name in FILES:
            file = os.path.join(folder, name)  # noqa: PTH118
            if os.path.isfile(file):  # noqa: PTH113
                found = read(file)
                if found or name == "pgwarrant.toml":
                    return found
        parent = os.path.dirname(folder)  # noqa: PTH120
        if parent == folder or os.path.exists(os.path.join(folder, ".git")):  # noqa: PTH110, PTH118
            return {}
        folder = parent


def read(file: str) -> dict[str, Any]:
    """The settings in one file, checked; with ``root``, the folder that patterns are relative to."""
    try:
        with open(file, "rb") as stream:  # noqa: PTH123
            content = stream.read()
    except OSError as error:
        raise _wrong(file, f"it cannot be read: {error.strerror}") from error
    tables = FILES.get(os.path.basename(file), ("check",))  # noqa: PTH119
    # A pyproject.toml that never names us needs no parser.
    if tables[0] == "tool" and b"pgwarrant" not in content:
        return {}
    table = _parsed(file, content)
    for name in tables:
        if name not in table:
            return {}
        table = table[name]
        if not isinstance(table, dict):
            raise _wrong(file, f"{name} is not a table")
    _examine(file, table)
    return {**table, "root": os.path.dirname(os.path.abspath(file))}  # noqa: PTH100, PTH120


def _parsed(file: str, content: bytes) -> dict[str, Any]:
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        parsed: dict[str, Any] = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(file, f"it is not TOML: {error}") from error
    return parsed


def _examine(file: str, table: dict[str, Any]) -> None:
    for key, value in table.items():
        if key not in KEYS:
            import difflib

            near = difflib.get_close_matches(key, KEYS, n=1)
            raise _wrong(file, f"there is no setting {key!r}", f"did you mean {near[0]}?" if near else None)
        if not _fits(key, value):
            raise _wrong(file, f"{key} is {KEYS[key]}")


def _fits(key: str, value: object) -> bool:
    if key == "pg":
        return isinstance(value, int) and not isinstance(value, bool) and 9 <= value <= 99
    if key == "fail-on":
        return value in SEVERITIES
    if key == "exclude-rules":
        return _slugs(value)
    return isinstance(value, dict) and all(_slugs(rules) for rules in value.values())


def _slugs(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(rule, str) for rule in value)


def _wrong(file: str, problem: str, hint: str | None = None) -> Exception:
    from pgwarrant.errors import ChecksError

    return ChecksError(
        f"{file}: {problem}",
        code="checks.settings",
        facts={"file": file},
        hint=hint or f"the settings are {', '.join(KEYS)}; see docs/checking.md",
    )
