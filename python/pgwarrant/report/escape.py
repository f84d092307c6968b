"""Text that came from elsewhere (identifiers, comments, notices, SQL) made safe to show: nothing hides, nothing acts.

Characters that reorder, hide or control are written out as ``\\u{202e}``, then each surface escapes what is special
to it.
"""

from __future__ import annotations

import re
import unicodedata

from markupsafe import Markup

__all__ = ["code", "fence", "markdown", "visible", "visible_block"]

# Controls, format characters (bidirectional, zero width, tags), surrogates, private use, line and paragraph separators.
_HIDING = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_SHOWN = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}
# An underscore between letters or digits, and a hash inside a line, are no markup: they stay readable.
_MARKDOWN = re.compile(r"[\\`*\[\]|~$]|^#|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def visible(text: object) -> str:
    """One line in which every hidden or reordering character is written out.

    >>> visible("safe\\u202egnp.exe\\nnext")
    'safe\\\\u{202e}gnp.exe\\\\nnext'
    """
    plain = text if isinstance(text, str) else str(text)
    return "".join(_written_out(character) for character in plain)


def visible_block(text: str) -> str:
    """The same for several lines: line feeds and tabs stay."""
    return "".join(c if c in "\n\t" else _written_out(c) for c in text.replace("\r\n", "\n"))


def _written_out(character: str) -> str:
    if character.isascii():
        if character.isprintable():
            return character
        return _SHOWN.get(character, f"\\u{{{ord(character):x}}}")
    return f"\\u{{{ord(character):x}}}" if unicodedata.category(character) in _HIDING else character


def markdown(text: object) -> Markup:
    """Text as Markdown text: no markup, no HTML, no link, no mention of anybody.

    >>> markdown("<b>*x*|@y")
    Markup('&lt;b&gt;\\\\*x\\\\*\\\\|&#64;y')
    """
    shown = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    shown = _MARKDOWN.sub(lambda special: "\\" + special[0], shown)
    shown = shown.replace("://", ":&#47;&#47;").replace("@", "&#64;").replace("www.", "www&#46;")
    return Markup(shown)


def code(text: object) -> Markup:
    """Text as inline Markdown code, also inside a table.

    >>> code("a`b|c")
    Markup('``a`b\\\\|c``')
    """
    shown = visible(text).replace("|", "\\|")
    ticks = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown else ""
    return Markup(f"{ticks}{pad}{shown}{pad}{ticks}")


def fence(text: str, language: str = "") -> Markup:
    """Text as a fenced Markdown block that it cannot close itself."""
    shown = visible_block(text).rstrip("\n")
    ticks = "`" * max(3, max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    return Markup(f"{ticks}{language}\n{shown}\n{ticks}")
