"""Pictures for notebooks: HTML without scripts, escaped throughout, in the same pieces as the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from pgwarrant.report.render import environment

if TYPE_CHECKING:
    from pgwarrant.artefact import Artefact
    from pgwarrant.package import Package
    from pgwarrant.snapshot import Delta, Snapshot

__all__ = ["artefact", "delta", "package", "run_record", "snapshot"]

FRAME = """{% import "parts.html.j2" as parts %}<style>{% include "style.css.j2" %}</style><div class="pgw">BODY</div>"""

ARTEFACT = """<h3>{{ title }} {{ parts.pill(document.outcome) }}</h3>
{% if document.findings is defined %}{{ parts.findings(document.findings) }}{% endif %}
{{ parts.checks(document.checks) }}
{% if document.delta %}<h3>Delta</h3>{{ parts.counts(document.delta.counts) }}{{ parts.delta(document.delta) }}{% endif %}
{% if document.locks is defined %}<h3>Locks</h3>{{ parts.locks(document.locks) }}{% endif %}
{% if document["rows"] or document["values"] %}<h3>Rows and side effects</h3>{{ parts.effects(document.rows, document["values"]) }}{% endif %}
{% if document.inverse %}<h3>Rollback {{ parts.pill(document.inverse.verdict) }}</h3>{% endif %}
{% if document.target %}<h3>Target</h3>{{ parts.identity(document.target) }}{% endif %}"""

DELTA = """{{ parts.counts(document.counts) }}{{ parts.delta(document) }}"""

PACKAGE = """<h3>Package {{ change }}</h3>
<div class="banner warn"><p><b>Nothing has been applied.</b> A person has to sign a warrant for this digest: <code>{{ digest }}</code></p></div>
{{ parts.custody(files) }}"""

SNAPSHOT = """<h3>Snapshot of {{ database }}</h3>{{ parts.facts(pairs) }}"""


def _html(body: str, **values: Any) -> str:
    return environment("html").from_string(FRAME.replace("BODY", body)).render(**values)


def artefact(shown: Artefact) -> str:
    """A phase's outcome: checks, findings, delta, locks, side effects, target."""
    return _html(ARTEFACT, title=shown.phase, document=shown.to_dict())


def run_record(record: Mapping[str, Any]) -> str:
    """One run."""
    return _html(ARTEFACT, title=record.get("operation", "run"), document=record)


def delta(shown: Delta) -> str:
    """What changes, as numbers and as a tree."""
    return _html(DELTA, document=shown.to_dict())


def package(shown: Package) -> str:
    """What would be signed."""
    files = shown.manifest.get("files") or []
    if isinstance(files, Mapping):
        files = [{"artefact": name, **facts} for name, facts in files.items()]
    else:
        files = [{**file, "artefact": file.get("name")} for file in files]
    return _html(PACKAGE, change=shown.change_id, digest=shown.digest, files=files)


def snapshot(shown: Snapshot) -> str:
    """What was read."""
    counts = [(noun, number) for noun, number in sorted(shown.counts().items()) if number]
    pairs = [("Fingerprint", Markup("<code>{}</code>").format(shown.fingerprint)), *counts]
    return _html(SNAPSHOT, database=shown.database, pairs=pairs)
