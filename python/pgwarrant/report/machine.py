"""Findings and failed checks for machines: SARIF 2.1.0 and GitHub's workflow commands."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias
from urllib.parse import quote

from pgwarrant.report.escape import visible

__all__ = ["github_annotations", "problems", "sarif"]

LEVELS = {"error": "error", "warning": "warning", "note": "note"}
COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

Documents: TypeAlias = "Mapping[str, Any] | Iterable[Mapping[str, Any]]"


def problems(document: Mapping[str, Any], *, folder: str = "") -> list[dict[str, Any]]:
    """Every finding, and every check that did not pass, in one shape; ``folder`` is where the change lies."""
    kind = document.get("kind")
    if kind == "change":
        folder = str(document.get("path") or folder)
    if document.get("error") and document.get("outcome") == "NOT_RUN":
        return [_not_read(document)]
    found = []
    for finding in document.get("findings") or []:
        # A region begins with the first word of a statement, a place with the comments before it.
        region = finding.get("region")
        place = region or finding.get("place") or {}
        found.append(
            {
                "rule": str(finding.get("rule")),
                "severity": str(finding.get("severity", "error")).lower(),
                "file": _joined(folder, finding.get("file") or "change.sql"),
                "line": place.get("line"),
                "column": place.get("column"),
                "region": region,
                "message": str(finding.get("message", "")),
                "instruction": str(finding.get("instruction", "")),
                "lock": finding.get("lock"),
                "suppressed": finding.get("suppressed"),
            }
        )
    # Without a contract, what its checks would say is a finding already.
    for check in [] if kind == "script" else document.get("checks") or []:
        if check.get("result") != "PASS":
            because = f" ({check['because']})" if check.get("because") else ""
            said = f"{check.get('id')} {check.get('check')}: expected {check.get('expected')}"
            found.append(
                {
                    "rule": f"contract.{check.get('id')}",
                    "severity": "error",
                    "file": _joined(folder, "change.contract"),
                    "line": None,
                    "column": None,
                    "region": None,
                    "message": f"{said}, observed {check.get('observed')}{because}",
                    "instruction": "mend the change or the contract",
                    "lock": None,
                    "suppressed": None,
                }
            )
    return found


def _not_read(document: Mapping[str, Any]) -> dict[str, Any]:
    error = document["error"]
    place = (error.get("facts") or {}).get("place") or {}
    return {
        "fault": True,
        "rule": str(error.get("error")),
        "severity": "error",
        "file": str(document.get("path")),
        "line": place.get("line"),
        "column": place.get("column"),
        "region": None,
        "message": str(error.get("message", "")),
        "instruction": str(error.get("hint") or ""),
        "lock": None,
        "suppressed": None,
    }


def _joined(folder: str, file: str) -> str:
    return f"{folder.rstrip('/')}/{file}" if folder else file


def _all(documents: Documents, folder: str) -> list[dict[str, Any]]:
    listed = [documents] if isinstance(documents, Mapping) else documents
    return [problem for document in listed for problem in problems(document, folder=folder)]


def said(problem: Mapping[str, Any]) -> str:
    """Message, lock and instruction in one line."""
    lock = problem["lock"]
    held = f"{_mode(lock['mode'])} on {lock['on']} blocks {lock['blocks']}" if lock else ""
    return "; ".join(part for part in (problem["message"], held, problem["instruction"]) if part)


def _mode(mode: object) -> str:
    from pgwarrant.report.view import lock_mode

    return lock_mode(mode)


def sarif(
    documents: Documents,
    *,
    folder: str = "",
    version: str = "",
    rules: Iterable[Mapping[str, Any]] = (),
    exit_status: int | None = None,
) -> dict[str, Any]:
    """A SARIF 2.1.0 log of checks or of a dry run."""
    described = {str(rule.get("rule")): rule for rule in rules}
    found = _all(documents, folder)
    faults = [problem for problem in found if problem.get("fault")]
    found = [problem for problem in found if not problem.get("fault")]
    used = sorted({problem["rule"] for problem in found})
    seen: Counter[str] = Counter()
    invocation: dict[str, Any] = {"executionSuccessful": not faults}
    if exit_status is not None:
        invocation["exitCode"] = exit_status
    if faults:
        invocation["toolExecutionNotifications"] = [
            {
                "descriptor": {"id": problem["rule"]},
                "level": "error",
                "message": {"text": visible(said(problem))},
                "locations": [_location(problem)],
            }
            for problem in faults
        ]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "pgwarrant",
                        "version": version,
                        "informationUri": "https://github.com/pgwarrant/pgwarrant",
                        "rules": [_rule(name, described.get(name)) for name in used],
                    }
                },
                "invocations": [invocation],
                "columnKind": "unicodeCodePoints",
                "results": [_result(problem, used.index(problem["rule"]), seen) for problem in found],
            }
        ],
    }


def _result(problem: Mapping[str, Any], index: int, seen: Counter[str]) -> dict[str, Any]:
    # Not the line: a finding stays the same one when something is written above it.
    same = "\0".join((problem["rule"], problem["file"], problem["message"]))
    seen[same] += 1
    mark = hashlib.sha256(f"{same}\0{seen[same]}".encode("utf-8", "surrogatepass")).hexdigest()
    result: dict[str, Any] = {
        "ruleId": problem["rule"],
        "ruleIndex": index,
        "level": LEVELS.get(problem["severity"], "error"),
        "message": {"text": visible(said(problem))},
        "locations": [_location(problem)],
        "partialFingerprints": {"pgwarrant/v1": mark},
    }
    if problem["suppressed"]:
        result["suppressions"] = [
            {"kind": "inSource", "status": "accepted", "justification": visible(problem["suppressed"])}
        ]
    return result


def _location(problem: Mapping[str, Any]) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(problem["file"])}}
    region = problem["region"]
    if region:
        place["region"] = {
            "startLine": region["line"],
            "startColumn": region["column"],
            "endLine": region["end_line"],
            "endColumn": region["end_column"],
            "byteOffset": region["byte_offset"],
            "byteLength": region["byte_length"],
            "charOffset": region["char_offset"],
            "charLength": region["char_length"],
        }
    elif problem["line"]:
        place["region"] = {"startLine": problem["line"]}
        if problem["column"]:
            place["region"]["startColumn"] = problem["column"]
    return {"physicalLocation": place}


def _uri(file: str) -> str:
    """A path as a URI reference: absolute ones get their scheme, and a first part with a colon is not taken for one.

    >>> _uri("/srv/a b.sql"), _uri("c:d.sql"), _uri("migrations/1.sql")
    ('file:///srv/a%20b.sql', './c%3Ad.sql', 'migrations/1.sql')
    """
    quoted = quote(file.encode("utf-8", "surrogateescape"))
    if quoted.startswith("/"):
        return f"file://{quoted}"
    return f"./{quoted}" if ":" in file.split("/", 1)[0] else quoted


def _rule(name: str, known: Mapping[str, Any] | None) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": name, "name": "".join(word.capitalize() for word in re.split(r"[^A-Za-z0-9]+", name))}
    page = str((known or {}).get("page") or "")
    if not known or not page:
        return rule
    body = page.split("\n", 1)[-1]
    paragraphs = [part.strip() for part in body.split("\n\n") if part.strip()]
    summary = next((part for part in paragraphs if not part.startswith(("#", "*", "<", "```"))), name)
    rule["shortDescription"] = {"text": visible(_unmarked(summary))}
    rule["fullDescription"] = {"text": visible(_unmarked(summary))}
    rule["help"] = {"text": page, "markdown": page}
    rule["defaultConfiguration"] = {"level": LEVELS.get(str(known.get("severity")), "error")}
    rule["properties"] = {"tags": [str(known.get("family")), "postgresql"]}
    link = re.search(r"<(https://[^>\s]+)>", page)
    if link:
        rule["helpUri"] = link[1]
    return rule


def _unmarked(text: str) -> str:
    return " ".join(text.replace("`", "").split())


def github_annotations(documents: Documents, *, folder: str = "") -> str:
    """One workflow command per problem that was not suppressed.

    >>> place = {"line": 3, "column": 1}
    >>> finding = {"rule": "drop-column", "severity": "warning", "place": place, "message": "50% off"}
    >>> print(github_annotations({"findings": [finding]}))
    ::warning file=change.sql,line=3,col=1,title=drop-column::50%25 off
    """
    lines = []
    for problem in _all(documents, folder):
        if problem["suppressed"]:
            continue
        region = problem["region"] or {}
        words = {
            "file": problem["file"],
            "line": problem["line"],
            "endLine": region.get("end_line"),
            "col": problem["column"],
            "title": problem["rule"],
        }
        # GitHub shows an end column on one line only, and drops annotations whose columns contradict their lines.
        if words["endLine"] is not None and words["endLine"] == words["line"]:
            words["endColumn"] = region.get("end_column")
        written = ",".join(f"{key}={_property(value)}" for key, value in words.items() if value is not None)
        lines.append(f"::{COMMANDS.get(problem['severity'], 'error')} {written}::{_data(said(problem))}")
    return "\n".join(lines)


def _data(text: object) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: object) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
