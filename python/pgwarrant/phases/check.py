"""Phase 1, check: the script against its contract and the rules, without a database."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pgwarrant import _core
from pgwarrant.artefact import Checked
from pgwarrant.phases.definition import Phase
from pgwarrant.snapshots import Snapshot, taken

if TYPE_CHECKING:
    from pgwarrant.change import Change

PHASE = Phase("check", "does the script keep to its contract, as far as reading shows?", "never touched")


def run(change: Change, *, pg: int | None = None, snapshot: Snapshot | str | os.PathLike[str] | None = None) -> Checked:
    """Judge the change as it is written; ``pg`` is the server major the judgement is for, ``snapshot`` its target."""
    return Checked(_core.check(dict(change.files), pg=pg, snapshot=taken(snapshot)))
