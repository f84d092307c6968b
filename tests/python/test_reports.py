"""What people and machines read: every field is there, and nothing hostile acts, hides or breaks out."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import documents
import pytest
from documents import HOSTILE
from hypothesis import given
from hypothesis import strategies as st
from pgwarrant import notebook, report
from pgwarrant.artefact import Checked, DryRun, Preflight
from pgwarrant.cli.output import Output
from pgwarrant.report.escape import code, fence, markdown, visible
from pgwarrant.snapshots import Delta


def evidence() -> dict[str, Any]:
    return {
        "check": documents.check_document(),
        "dry_run": documents.dry_run_document(),
        "preflight": documents.preflight_document(),
    }


def texts() -> dict[str, str]:
    files = report.custody({"change.sql": b"SELECT 1;\n"})
    run = report.RunReport(documents.execution_document())
    return {
        "REVIEW.md": report.review_markdown(evidence(), files, requested_by=HOSTILE),
        "COMMANDS.md": report.commands_markdown(evidence(), files),
        "REPORT.md": run.markdown,
        "REPORT.html": run.html,
        "dry run in a notebook": notebook.artefact(DryRun(documents.dry_run_document())),
        "preflight in a notebook": notebook.artefact(Preflight(documents.preflight_document())),
        "delta in a notebook": notebook.delta(Delta(documents.delta())),
    }


@pytest.mark.parametrize("name", sorted(texts()))
def test_no_hidden_character_reaches_a_reader(name: str) -> None:
    text = texts()[name]
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "\\u{202e}" in text or "\\\\u{202e}" in text


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        if tag not in {"meta", "br", "link"}:
            self.open.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            assert "javascript:" not in (value or "")
            assert name not in {"src", "href"}

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open[-1] == tag
        self.open.pop()


@pytest.mark.parametrize("name", [name for name in sorted(texts()) if name.endswith("html") or "notebook" in name])
def test_html_is_balanced_and_runs_nothing(name: str) -> None:
    tags = _Tags()
    tags.feed(texts()[name])
    assert tags.open == []
    assert tags.found.isdisjoint({"script", "iframe", "object", "embed", "form", "a", "img"})


@pytest.mark.parametrize("name", [name for name in sorted(texts()) if name.endswith(".md")])
def test_markdown_carries_no_html_link_or_mention(name: str) -> None:
    outside_code = re.sub(r"(?s)(`{3,})\w*\n.*?\n\1", "", texts()[name])
    outside_code = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", outside_code)
    assert "<script" not in outside_code
    assert "](javascript" not in outside_code.replace("\\](", "")
    assert "@all" not in outside_code
    assert "https://evil" not in outside_code
    assert not re.search(r"(?m)^# (?:head|out of the block)", outside_code)


def test_a_table_row_stays_one_row() -> None:
    rows = [line for line in texts()["REPORT.md"].splitlines() if line.startswith("| V-2")]
    assert len(rows) == 2
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 6 for row in rows)


@pytest.mark.parametrize(
    "wanted",
    [
        "b2" * 32,  # the warrant
        "c3" * 32,  # what it supersedes
        "SHA256:abc",
        "64,711,523",
        "1e" * 32,
        "86 of 86",
        "2026-05-01",
        "committed",
        "7000000000000000001",
        "the verification passed",
        "compared before COMMIT",
        "a person reads this report",
        "42501",
        "+12",
    ],
)
def test_the_report_carries_every_fact(wanted: str) -> None:
    run = report.RunReport(documents.execution_document())
    assert wanted in run.markdown
    assert wanted in run.html


def test_the_report_is_one_file() -> None:
    html = report.RunReport(documents.execution_document()).html
    assert "http://" not in html
    assert "https://" not in re.sub(r"https:/{2}evil\.example", "", html)
    assert "default-src 'none'" in html


@pytest.mark.parametrize("name", [key for key, value in documents.execution_document().items() if key != "outcome"])
def test_a_fact_that_was_not_measured_is_said_so(name: str) -> None:
    """A report never fails for a missing field, and never fills it in."""
    record = documents.execution_document()
    del record[name]
    run = report.RunReport(record)
    assert run.markdown
    assert run.html
    if name == "warrant":
        assert "not recorded" in run.html


def test_the_review_asks_for_a_decision_and_says_that_nothing_was_applied() -> None:
    review = texts()["REVIEW.md"]
    for said in ("Nothing has been applied", "A. Approve", "B. Approve after a restored dry run", "C. Reject"):
        assert said in review
    assert "same major, another minor" in review
    assert "lossy" in review


def test_the_review_shows_what_the_author_let_pass_and_why() -> None:
    sealed = evidence()
    finding = sealed["check"]["findings"][0]
    finding.update(message="the values of app.t.c are lost", suppressed="nobody | reads it")
    review = report.review_markdown(sealed, report.custody({"change.sql": b"SELECT 1;\n"}), requested_by="a")
    row = next(line for line in review.splitlines() if line.startswith("| drop-column |"))
    assert "suppressed: nobody" in row
    assert "reads it" in row
    assert "nobody | reads" not in row


def test_commands_are_numbered_and_only_two_write() -> None:
    commands = texts()["COMMANDS.md"]
    assert re.findall(r"(?m)^## (C-0\d)", commands) == [f"C-0{number}" for number in range(1, 10)]
    assert re.findall(r"(?m)^## (C-0\d) .*WRITES", commands) == ["C-07", "C-09"]


def test_reports_are_deterministic() -> None:
    assert texts() == texts()


def test_verify_sql_quotes_names() -> None:
    changes = [
        {"change": "created", "kind": "table", "path": ['we"ird', "o'brien"], "name": "x"},
        {"change": "dropped", "kind": "column", "path": ["s", "t", "c'"], "name": "y"},
        {"change": "altered", "kind": "table", "path": ["s", "t"], "name": "z\n; DROP TABLE s.t"},
    ]
    lines = report.verify_sql({"delta": {"changes": changes}}).splitlines()
    assert """to_regclass('"we""ird"."o''brien"')""" in lines[4]
    assert "NOT EXISTS" in lines[5]
    assert "'c'''" in lines[5]
    assert lines[6].startswith("-- ")
    assert "\\n; DROP" in lines[6]


def test_sarif_has_the_parts_a_scanner_needs() -> None:
    log = report.sarif(documents.check_document(), folder="changes/a", version="0.1.0")
    run = log["runs"][0]
    assert log["version"] == "2.1.0"
    assert [result["ruleId"] for result in run["results"]] == ["drop-column", "contract.V-2", "contract.V-3"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "changes/a/change.sql"
    assert place["region"] == {"startLine": 3, "startColumn": 2}
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {r["ruleId"] for r in run["results"]}
    assert all(len(result["partialFingerprints"]["pgwarrant/v1"]) == 64 for result in run["results"])
    assert "\u202e" not in json.dumps(log, ensure_ascii=False)


def test_github_annotations_cannot_be_broken_out_of() -> None:
    lines = report.github_annotations(documents.check_document()).split("\n")
    assert len(lines) == 3
    assert all(line.startswith("::") for line in lines)


@pytest.mark.parametrize("shape", ["text", "json", "markdown"])
def test_the_terminal_shows_no_hidden_character(shape: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert Output(shape).artefact(Checked(documents.check_document())) == 1
    out = capsys.readouterr().out
    assert "\x1b[31m" not in out
    if shape != "json":
        assert "\u202e" not in out


@given(st.text())
def test_visible_text_is_one_line_and_hides_nothing(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert not any(c in shown for c in "\u202a\u202e\u2066\u200b\x00\x1b\r\n")


@given(st.text())
def test_markdown_text_has_no_tag(text: str) -> None:
    assert "<" not in markdown(text)


@given(st.text())
def test_code_and_fences_close_where_they_should(text: str) -> None:
    shown = str(code(text))
    ticks = re.match("`+", shown)
    assert ticks is not None
    inner = shown[len(ticks[0]) : -len(ticks[0])]
    assert ticks[0] not in re.findall("`+", inner)
    block = str(fence(text, "sql")).split("\n")
    closing = block[-1]
    assert set(closing) == {"`"}
    assert not any(line.strip().startswith(closing) for line in block[1:-1])


@pytest.mark.parametrize(
    ("by_hand", "result", "because"),
    [
        (True, "PASS", "it does not restore the catalog, and leaves this behind:\n+ table app.left"),
        (False, "FAIL", "inverse.contradicted: the inverse was called exact and is not; it leaves + table app.left"),
    ],
)
def test_a_review_says_what_a_rollback_leaves_behind(by_hand: bool, result: str, because: str) -> None:
    said = {**documents.check(0), "id": "U-1", "result": result, "because": because}
    shown = evidence()
    proof = {**shown["dry_run"]["proof"], "undone": "c" * 64}
    shown["dry_run"] |= {"checks": [said], "proof": proof, "rollback_by_hand": by_hand}
    rollback = report.review_markdown(shown, report.custody({}), requested_by="x").split("## 5. Rollback")[1]
    rollback = rollback.split("## 6.")[0]
    assert f"{result}: {because}" in rollback
    assert ("Written by hand" in rollback) is by_hand
    assert ("Verdict" in rollback) is not by_hand
