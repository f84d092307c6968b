"""Findings and failed checks for machines: SARIF 2.1.0 and GitHub's workflow annotations."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from pgwarrant.report.escape import visible

__all__ = ["github_annotations", "problems", "sarif"]

LEVELS = {"error": "error", "warning": "warning", "note": "note"}
COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def problems(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every finding, and every check that did not pass, in one shape."""
    found = []
    for finding in document.get("findings") or []:
        place = finding.get("place") or {}
        found.append(
            {
                "rule": str(finding.get("rule")),
                "severity": str(finding.get("severity", "error")).lower(),
                "file": finding.get("file") or "change.sql",
                "line": place.get("line"),
                "column": place.get("column"),
                "message": str(finding.get("message", "")),
                "instruction": str(finding.get("instruction", "")),
                "suppressed": finding.get("suppressed"),
            }
        )
    for check in document.get("checks") or []:
        if check.get("result") != "PASS":
            because = f" ({check['because']})" if check.get("because") else ""
            found.append(
                {
                    "rule": f"contract.{check.get('id')}",
                    "severity": "error",
                    "file": "change.contract",
                    "line": None,
                    "column": None,
                    "message": f"{check.get('id')} {check.get('check')}: expected {check.get('expected')}, "
                    f"observed {check.get('observed')}{because}",
                    "instruction": "mend the change or the contract",
                    "suppressed": None,
                }
            )
    return found


def sarif(
    document: Mapping[str, Any], *, folder: str = "", version: str = "", rules: Iterable[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """A SARIF 2.1.0 log of a check or a dry run."""
    described = {str(rule.get("rule")): rule for rule in rules}
    found = problems(document)
    used = sorted({problem["rule"] for problem in found})
    results = []
    for problem in found:
        uri = f"{folder}/{problem['file']}" if folder else problem["file"]
        location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": uri}}}
        if problem["line"]:
            region = {"startLine": problem["line"]}
            if problem["column"]:
                region["startColumn"] = problem["column"]
            location["physicalLocation"]["region"] = region
        text = visible(f"{problem['message']} {problem['instruction']}".strip())
        mark = hashlib.sha256(f"{problem['rule']}\0{problem['file']}\0{problem['message']}".encode()).hexdigest()
        result: dict[str, Any] = {
            "ruleId": problem["rule"],
            "level": LEVELS.get(problem["severity"], "error"),
            "message": {"text": text},
            "locations": [location],
            "partialFingerprints": {"pgwarrant/v1": mark},
        }
        if problem["suppressed"]:
            result["suppressions"] = [{"kind": "inSource", "justification": visible(problem["suppressed"])}]
        results.append(result)
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "pgwarrant",
                        "version": version,
                        "rules": [_rule(name, described.get(name)) for name in used],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


def _rule(name: str, said: Mapping[str, Any] | None) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": name}
    title = (said or {}).get("title") or (said or {}).get("summary")
    if title:
        rule["shortDescription"] = {"text": visible(title)}
    return rule


def github_annotations(document: Mapping[str, Any], *, folder: str = "") -> str:
    """One workflow command per problem that was not suppressed.

    >>> place = {"line": 3, "column": 1}
    >>> finding = {"rule": "drop-column", "severity": "warning", "place": place, "message": "50% off"}
    >>> print(github_annotations({"findings": [finding]}))
    ::warning file=change.sql,line=3,col=1,title=drop-column::50%25 off
    """
    lines = []
    for problem in problems(document):
        if problem["suppressed"]:
            continue
        file = f"{folder}/{problem['file']}" if folder else problem["file"]
        words = {"file": file, "line": problem["line"], "col": problem["column"], "title": problem["rule"]}
        said = ",".join(f"{key}={_property(value)}" for key, value in words.items() if value is not None)
        text = f"{problem['message']} {problem['instruction']}".strip()
        lines.append(f"::{COMMANDS.get(problem['severity'], 'error')} {said}::{_data(text)}")
    return "\n".join(lines)


def _data(text: object) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: object) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
