"""Pictures for notebooks: HTML without scripts, escaped throughout, in the same pieces as the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from pgwarrant.report.render import environment

if TYPE_CHECKING:
    from pgwarrant.artefact import Artefact
    from pgwarrant.package import Package
    from pgwarrant.snapshots import Delta, Snapshot

__all__ = ["artefact", "delta", "package", "run_record", "snapshot"]


def _html(part: str, **values: Any) -> str:
    return environment("html").get_template("notebook.html.j2").render(shown=part, **values)


def artefact(shown: Artefact) -> str:
    """A phase's outcome: checks, findings, delta, locks, side effects, target."""
    return _html("artefact", title=shown.phase, document=shown.to_dict())


def run_record(record: Mapping[str, Any]) -> str:
    """One run."""
    return _html("artefact", title=record.get("operation", "run"), document=record)


def delta(shown: Delta) -> str:
    """What changes, as numbers and as a tree."""
    return _html("delta", document=shown.to_dict())


def package(shown: Package) -> str:
    """What would be signed."""
    files = [{**file, "artefact": file.get("name")} for file in shown.manifest.get("files") or []]
    return _html("package", change=shown.change_id, digest=shown.digest, files=files)


def snapshot(shown: Snapshot) -> str:
    """What was read."""
    counts = [(noun, number) for noun, number in sorted(shown.counts().items()) if number]
    pairs = [("Fingerprint", Markup("<code>{}</code>").format(shown.fingerprint)), *counts]
    return _html("snapshot", database=shown.database, pairs=pairs)
