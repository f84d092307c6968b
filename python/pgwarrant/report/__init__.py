"""Reports for people and machines, built from the artefacts and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pgwarrant.artefact import json_bytes, write_whole
from pgwarrant.report.machine import github_annotations, problems, sarif
from pgwarrant.report.risks import residual_risks
from pgwarrant.report.verification import verify_sql
from pgwarrant.report.view import custody

__all__ = [
    "RENDERED",
    "RunReport",
    "checked",
    "commands_markdown",
    "custody",
    "github_annotations",
    "problems",
    "residual_risks",
    "review_markdown",
    "sarif",
    "verify_sql",
]

#: The files of a package that are rendered from the others.
RENDERED = ("REVIEW.md", "COMMANDS.md")


def checked(shape: str, document: Mapping[str, Any], *, exit_status: int) -> str:
    """What ``pgwarrant check`` prints of a batch as ``sarif``, ``github`` or ``markdown``."""
    reports = list(document["reports"])
    if shape == "sarif":
        from pgwarrant import __version__, _core

        log = sarif(reports, version=__version__, rules=_core.rules(), exit_status=exit_status)
        return json_bytes(log).decode("utf-8", "backslashreplace")
    if shape == "github":
        lines = github_annotations(reports)
        return f"{lines}\n" if lines else ""
    tables = [(report, problems(report)) for report in reports]
    return _rendered("CHECK.md.j2", summary=document["summary"], outcome=document["outcome"], tables=tables)


def _rendered(template: str, **values: Any) -> str:
    """One template; the engine is imported when something is rendered."""
    from pgwarrant.report.render import render

    return render(template, **values)


def review_markdown(evidence: Mapping[str, Any], files: list[dict[str, Any]], *, requested_by: str) -> str:
    """``REVIEW.md``: what would happen, on what evidence, and which decision is asked for."""
    return _rendered(
        "REVIEW.md.j2", **_named(evidence), files=files, risks=residual_risks(evidence), requested_by=requested_by
    )


def commands_markdown(evidence: Mapping[str, Any], files: list[dict[str, Any]]) -> str:
    """``COMMANDS.md``: the same plan with ``pg_dump`` and ``psql``."""
    return _rendered("COMMANDS.md.j2", **_named(evidence), files=files)


class RunReport:
    """The report of one run."""

    def __init__(self, record: Mapping[str, Any], *, folder: Path | None = None) -> None:
        self.record = dict(record)
        self.folder = folder

    @property
    def markdown(self) -> str:
        """``REPORT.md``."""
        return _rendered("REPORT.md.j2", record=self.record)

    @property
    def html(self) -> str:
        """``REPORT.html``: one file, no scripts, nothing loaded from elsewhere."""
        return _rendered("REPORT.html.j2", record=self.record)

    def write(self, folder: str | Path) -> tuple[Path, Path]:
        """Write both files; each appears complete or not at all."""
        place = Path(folder)
        return (
            write_whole(place / "REPORT.md", self.markdown.encode("utf-8", "backslashreplace")),
            write_whole(place / "REPORT.html", self.html.encode("utf-8", "backslashreplace")),
        )

    def _repr_html_(self) -> str:
        from pgwarrant import notebook

        return notebook.run_record(self.record)


def _named(evidence: Mapping[str, Any]) -> dict[str, Any]:
    return {"check": evidence["check"], "dry_run": evidence["dry_run"], "preflight": evidence["preflight"]}
