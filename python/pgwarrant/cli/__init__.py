"""The command line. It translates: every judgement is made in the core.

Exit status: 0 pass; 1 findings, failed checks or differences; 2 usage; 3 refused or blocked; 4 could not do it;
5 the outcome of a run is not resolved yet.

A check starts as fast as it checks: for it nothing is imported that it does not use. Every other command is click's.
"""

from __future__ import annotations

import os
import sys

# Not from `typing`: importing it takes longer than most checks.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pgwarrant.cli.program import commands

__all__ = ["commands", "main", "run"]


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given[:1] == ["check"]:
            from pgwarrant.cli import check

            understood = check.understood(given[1:])
            if understood is not None:
                paths, asked = understood
                return check.perform(paths, **asked)
        from pgwarrant.cli import program

        return program.dispatch(given)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - the reader is gone, nothing more can be said
        return 4
    except (Exception, KeyboardInterrupt) as error:
        from pgwarrant.cli import program

        return program.explained(error, given)


def main() -> None:
    """The program ``pgwarrant``."""
    sys.exit(run())


def __getattr__(name: str) -> object:
    if name == "commands":
        from pgwarrant.cli import program

        return program.commands
    raise AttributeError(f"module 'pgwarrant.cli' has no attribute {name!r}")
