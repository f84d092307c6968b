"""Checking many files at once: in parallel, in the core, without a database."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from pgwarrant import _core
from pgwarrant.artefact import Checked
from pgwarrant.snapshots import Snapshot, taken

__all__ = ["check"]


def check(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    pg: int | None = None,
    snapshot: Snapshot | str | os.PathLike[str] | None = None,
    exclude_rules: Iterable[str] = (),
    per_file_exclude_rules: Mapping[str, Iterable[str]] | None = None,
) -> list[Checked]:
    """Check change directories, SQL files, directories of them and patterns; one result each, in a fixed order.

    A change is judged against its contract, a plain file by the hazard rules alone. What cannot be read stops nothing:
    its outcome is ``NOT_RUN`` and its ``error`` says why. ``snapshot`` is one of the target, or the file that holds it:
    its tables' sizes, indexes and constraints count, and its major where ``pg`` names none. ``exclude_rules`` leaves
    hazard rules out.

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "1.sql").write_text("CREATE TABLE shop.orders (order_id bigint PRIMARY KEY);")
    >>> _ = (folder / "2.sql").write_text("SELEC 1;")
    >>> [checked.outcome for checked in check([folder, folder / "3.sql"], pg=16)]
    ['PASS', 'FAIL', 'NOT_RUN']
    """
    named = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    per_file = {pattern: list(rules) for pattern, rules in (per_file_exclude_rules or {}).items()}
    found = _core.check_paths(
        [os.fspath(path) for path in named],
        pg=pg,
        snapshot=taken(snapshot),
        exclude_rules=list(exclude_rules),
        per_file=per_file,
    )
    return [Checked(report) for report in found["document"]["reports"]]
