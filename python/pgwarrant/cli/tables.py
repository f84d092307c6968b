"""Tables and trees for the terminal. Every value is shown as text, hidden characters written out, no markup read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from pgwarrant.report.escape import visible
from pgwarrant.report.view import (
    count_rows,
    delta_tree,
    lock_bars,
    lock_mode,
    not_covered,
    opening,
    outcome_class,
    tally,
    traced,
    unchanged_nouns,
)

__all__ = [
    "artefact",
    "checks",
    "counts",
    "delta",
    "facts",
    "grid",
    "heading",
    "renamed",
    "word",
]

TONES = {"good": "bold green", "bad": "bold red", "warn": "bold yellow", "plain": "bold blue"}
SIGNS = {"created": ("+", "green"), "dropped": ("-", "red"), "altered": ("~", "yellow")}


def plain(value: object, style: str = "") -> Text:
    """A value as text: nothing in it is read as markup."""
    if value is None:
        return Text("-", style="dim")
    if isinstance(value, float):
        value = f"{value:.2f}"
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        value = ", ".join(str(item) for item in value)
    return Text(visible(value), style=style)


def word(outcome: object) -> Text:
    """An outcome, result or severity in its colour."""
    return plain(outcome, TONES[outcome_class(outcome)])


def heading(title: str, outcome: object = None) -> RenderableType:
    """A line with a title and an outcome."""
    text = Text.assemble((visible(title), "bold"))
    if outcome is not None:
        text.append("  ")
        text.append_text(word(outcome))
    return Rule(text, align="left", style="dim")


def grid(columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = ()) -> Table:
    """A table."""
    table = Table(box=None, pad_edge=False, header_style="dim", show_edge=False, padding=(0, 2, 0, 0))
    for name in columns:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*[cell if isinstance(cell, Text) else plain(cell) for cell in row])
    return table


def facts(pairs: Iterable[tuple[str, object]]) -> Table:
    """Names and values."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs:
        table.add_row(plain(name), value if isinstance(value, Text) else plain(value))
    return table


def checks(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Checks: id, what, expected, observed, result."""
    if not rows:
        return Text("no checks were recorded", style="dim")
    sums = tally(rows)
    body = grid(
        ("id", "check", "expected", "observed", "result"),
        [
            (
                plain(row.get("id"), "bold"),
                row.get("check"),
                row.get("expected"),
                row.get("observed") if not row.get("because") else f"{row.get('observed')} ({row.get('because')})",
                word(row.get("result")),
            )
            for row in rows
        ],
    )
    words = f"{sums['PASS']} passed, {sums['FAIL']} failed, {sums['NOT_RUN']} not run"
    return Group(body, Text(words, style="dim"))


def findings(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Findings, one paragraph each."""
    parts: list[RenderableType] = []
    for found in rows:
        place = found.get("place") or {}
        where = f"{found.get('file')}" + (f":{place['line']}:{place['column']}" if place.get("line") else "")
        text = Text.assemble(
            word(found.get("severity")), " ", (visible(found.get("rule")), "bold"), " ", visible(where)
        )
        if found.get("suppressed"):
            text.append(f" (suppressed: {visible(found['suppressed'])})", style="dim")
        text.append(f"\n  {visible(found.get('message', ''))}")
        if found.get("instruction"):
            text.append(f"\n  {visible(found['instruction'])}", style="cyan")
        parts.append(text)
    return Group(*parts)


def counts(numbers: Mapping[str, Any] | None) -> RenderableType:
    """The nouns that moved, and those that did not."""
    moved = count_rows(numbers)
    still = unchanged_nouns(numbers)
    parts: list[RenderableType] = []
    if moved:
        rows = [(row["noun"], row["before"], row["after"], f"{row['by']:+d}") for row in moved]
        parts.append(grid(("noun", "before", "after", "by"), rows, right=("before", "after", "by")))
    if still:
        parts.append(Text(f"unchanged in number: {', '.join(still)}", style="dim"))
    return Group(*parts)


def delta(document: Mapping[str, Any] | None, *, limit: int = 60) -> RenderableType:
    """What changes, as a tree; long trees say how much more there is."""
    top = Tree(Text("catalog", style="bold"), guide_style="dim")
    shown = total = 0
    for schema in delta_tree(document):
        branch = top.add(plain(schema["schema"], "bold"))
        for group in schema["groups"]:
            change = group["change"]
            total += 1 + len(group["parts"])
            if shown >= limit:
                continue
            shown += 1 + len(group["parts"])
            label = _signed(change, group["name"]) if change else plain(group["name"])
            inner = branch.add(label)
            _fields(inner, change)
            for part in group["parts"]:
                _fields(inner.add(_signed(part, part.get("label"))), part)
    if total == 0:
        return Text("the catalog does not change", style="dim")
    if total > shown:
        top.add(Text(f"{total - shown} more changes, see --format json", style="dim"))
    return top


def renamed(pair: Mapping[str, Any]) -> Text:
    """One object that has another name."""
    return Text.assemble((f"{visible(pair.get('name'))} is now ", "dim"), visible(pair.get("now")))


def _signed(change: Mapping[str, Any], name: object) -> Text:
    sign, style = SIGNS.get(str(change.get("change")), ("?", ""))
    return Text.assemble((f"{sign} ", style), (f"{visible(change.get('kind'))} ", "dim"), visible(name))


def _fields(branch: Tree, change: Mapping[str, Any] | None) -> None:
    for field in (change or {}).get("fields") or []:
        branch.add(
            Text.assemble(
                (f"{visible(field.get('field'))}: ", "dim"),
                f"{_side(field.get('from'))} → {_side(field.get('to'))}",
            )
        )


def _side(value: object) -> str:
    return "(nothing)" if value is None else visible(value)


def locks(held: Sequence[Mapping[str, Any]], delta: Mapping[str, Any] | None = None) -> RenderableType:
    """Locks: mode, on what, what that blocks."""
    arranged = lock_bars(held, delta, limit=12)
    rows = [(bar["mode"], bar["on"], bar["blocks"], bar["from"], bar["held_ms"]) for bar in arranged["bars"]]
    table = grid(("lock", "on", "blocks", "from statement", "held ms"), rows, right=("from statement", "held ms"))
    said: list[RenderableType] = (
        [table] if arranged["bars"] else [Text("none on anything that was there before", style="dim")]
    )
    if arranged["more"]:
        said.append(Text(f"{arranged['more']} more, weaker or shorter", style="dim"))
    if arranged["own"]:
        said.append(Text(f"{arranged['own']} more on objects the change itself creates", style="dim"))
    return Group(*said)


def statements(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Statements as they ran."""
    names = ["#", "line", "statement", "rows", "ms", *(["locks"] if traced(rows) else [])]
    table = []
    for row in rows:
        error = row.get("error") or {}
        text = plain(opening(row)) if not error else plain(f"{opening(row)}: {error.get('message')}", "red")
        held = "; ".join(f"{lock_mode(lock.get('mode'))} on {lock.get('on')}" for lock in (row.get("locks") or [])[:2])
        cells = [row.get("index"), row.get("line"), text, row.get("rows"), row.get("duration_ms"), held]
        table.append(cells[: len(names)])
    return grid(names, table, right=("#", "line", "rows", "ms"))


def effects(rows: Sequence[Mapping[str, Any]], columns: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Rows written and values changed."""
    parts: list[RenderableType] = []
    if rows:
        wide = [(r.get("table"), r.get("inserted"), r.get("updated"), r.get("deleted")) for r in rows]
        names = ("table", "inserted", "updated", "deleted")
        parts.append(grid(names, wide, right=names[1:]))
    for column in columns:
        old, new = column.get("before") or {}, column.get("after") or {}
        parts.append(
            facts(
                [
                    ("column", column.get("column")),
                    ("rows changed", f"{column.get('changed')} of {column.get('rows')}"),
                    ("before", f"{old.get('min')} to {old.get('max')}, {old.get('distinct')} distinct"),
                    ("after", f"{new.get('min')} to {new.get('max')}, {new.get('distinct')} distinct"),
                ]
            )
        )
    return Group(*parts)


def artefact(document: Mapping[str, Any], *, title: str) -> list[RenderableType]:
    """Everything a phase's document says, for a person at a terminal."""
    parts: list[RenderableType] = [heading(title, document.get("outcome"))]
    if document.get("non_execution"):
        parts.append(Panel(plain(document["non_execution"], "bold"), border_style="yellow"))
    if document.get("findings"):
        parts.append(findings(document["findings"]))
    parts.append(checks(document.get("checks") or []))
    if document.get("target"):
        known = ("host", "database", "system_identifier", "server_version", "transport", "session_user", "current_user")
        parts += [heading("target"), facts([(name, document["target"].get(name)) for name in known])]
    if document.get("error"):
        error = document["error"]
        parts.append(
            plain(
                f"stopped at statement {error.get('statement')}, line {error.get('line')}: "
                f"{error.get('sqlstate')} {error.get('message')}",
                "bold red",
            )
        )
    if document.get("statements") and not str(title).startswith("check"):
        parts += [heading("statements"), statements(document["statements"])]
    if document.get("delta") and document["delta"].get("changes") is not None:
        parts += [heading("delta"), counts(document["delta"].get("counts")), delta(document["delta"])]
    if document.get("locks"):
        parts += [heading("locks"), locks(document["locks"], document.get("delta"))]
    if document.get("rows") or document.get("values"):
        parts += [heading("rows and side effects"), effects(document.get("rows") or [], document.get("values") or [])]
    if document.get("inverse"):
        parts.append(heading("rollback", document["inverse"].get("verdict")))
    if document.get("verification"):
        parts += [heading("verification"), checks(document["verification"])]
    out = not_covered(document.get("not_covered"))
    parts += [plain(f"not covered: {row.get('kind')}, {row.get('because')}", "dim") for row in out["held"]]
    if out["none"]:
        parts.append(plain(f"not read, and the database holds none: {', '.join(out['none'])}", "dim"))
    if document.get("next_step"):
        parts.append(Text.assemble(("next: ", "bold"), visible(document["next_step"])))
    return parts
