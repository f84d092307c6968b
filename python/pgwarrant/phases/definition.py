"""What every phase says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Phase"]


@dataclass(frozen=True)
class Phase:
    """A phase: its name, what it answers, what it does to the target, and whether a person must have decided first."""

    name: str
    answers: str
    target: Literal["never touched", "read", "written"]
    needs_warrant: bool = False

    @property
    def module(self) -> str:
        """The file that holds it.

        >>> Phase("dry-run", "what it does", "never touched").module
        'dry_run'
        """
        return self.name.replace("-", "_")
