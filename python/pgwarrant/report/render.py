"""The templates, behind two environments that escape everything which was not escaped on purpose."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import ChainableUndefined, Environment, FileSystemLoader, Undefined
from markupsafe import Markup, escape

from pgwarrant.report import escape as escaping
from pgwarrant.report import view

__all__ = ["environment", "render"]

TEMPLATES = Path(__file__).parent / "templates"
NOT_RECORDED = "not recorded"


def _plain(value: object) -> str:
    if value is None or isinstance(value, Undefined):
        return NOT_RECORDED
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    if isinstance(value, (list, tuple)):
        return ", ".join(_plain(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_plain(item)}" for key, item in value.items())
    return str(value)


def _for_markdown(value: object) -> Markup:
    return value if isinstance(value, Markup) else escaping.markdown(_plain(value))


def _for_html(value: object) -> Markup:
    return value if isinstance(value, Markup) else escape(escaping.visible(_plain(value)))


def _code(value: object) -> Markup:
    return escaping.code(_plain(value))


def _block(value: object) -> Markup:
    return escape(escaping.visible_block(_plain(value)))


def _thousands(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else _plain(value)


def _signed(value: object) -> str:
    return f"{value:+d}" if isinstance(value, int) else _plain(value)


def _side(value: object) -> str:
    """One side of an altered field: nothing at all is said as such."""
    return "(nothing)" if value is None else _plain(value)


class Documents(Environment):
    """An environment in which the names of a document are its keys, never the methods of a dict."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """``record.values`` is the key ``values``."""
        return self.getitem(obj, attribute) if isinstance(obj, dict) else super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """A key that is absent is undefined."""
        if isinstance(obj, dict):
            return obj[argument] if argument in obj else self.undefined(obj=obj, name=argument)
        return super().getitem(obj, argument)


def _pairs(value: object) -> list[tuple[Any, Any]]:
    return sorted(value.items()) if isinstance(value, dict) else []


@cache
def environment(kind: str) -> Environment:
    """The environment for ``md`` or ``html``."""
    made = Documents(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=_for_html if kind == "html" else _for_markdown,
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        code=_code,
        side=_side,
        pairs=_pairs,
        block=_block,
        fence=escaping.fence,
        mode=view.lock_mode,
        thousands=_thousands,
        signed=_signed,
        tone=view.outcome_class,
        tally=view.tally,
        tree=view.delta_tree,
        moved=view.count_rows,
        still=view.unchanged_nouns,
        bars=view.lock_bars,
        left_out=view.not_covered,
        own_name=view.own_name,
        of_interest=view.of_interest,
        opening=view.opening,
        traced=view.traced,
    )
    return made


def render(template: str, **values: Any) -> str:
    """One template with its values; the name's last part before ``.j2`` says which escaping applies."""
    kind = "html" if template.endswith(".html.j2") else "md"
    return environment(kind).get_template(template).render(**values)
