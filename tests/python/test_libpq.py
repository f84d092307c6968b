"""libpq's own list of connection parameters, asked of the newest one here, beside the table of ours."""

from __future__ import annotations

import ctypes
import os
import re
from pathlib import Path

import pgwarrant as pw
import pytest
from conftest import ROOT

ROW = re.compile(r"^\| `(\w+)` \| (?:`(\w+)`)? ?\| ([^|]+) \|")


class Option(ctypes.Structure):
    """``PQconninfoOption``."""

    _fields_ = (
        ("keyword", ctypes.c_char_p),
        ("envvar", ctypes.c_char_p),
        ("compiled", ctypes.c_char_p),
        ("val", ctypes.c_char_p),
        ("label", ctypes.c_char_p),
        ("dispchar", ctypes.c_char_p),
        ("dispsize", ctypes.c_int),
    )


def newest() -> tuple[int, ctypes.CDLL] | None:
    """The newest libpq that lies beside a server of this machine."""
    found = []
    for server in pw.servers():
        for name in ("libpq.so.5", "libpq.5.dylib"):
            file = Path(str(server["bin"])).parent / "lib" / name
            if file.is_file():
                found.append((int(server["major"]), str(file)))
    if not found:
        return None
    major, file = max(found)
    return major, ctypes.CDLL(file, mode=os.RTLD_LOCAL)


def ours() -> dict[str, tuple[str | None, str]]:
    """The table of the documentation, which a test of the core holds equal to the code."""
    page = (ROOT / "docs" / "connections.md").read_text(encoding="utf-8")
    rows = [match for line in page.splitlines() if (match := ROW.match(line))]
    return {row[1]: (row[2], row[3].strip()) for row in rows}


def test_every_parameter_of_libpq_is_in_the_table() -> None:
    beside = newest()
    if beside is None:
        pytest.skip("no libpq lies beside the servers here")
    major, library = beside
    library.PQconndefaults.restype = ctypes.POINTER(Option)
    options = library.PQconndefaults()
    known: dict[str, str | None] = {}
    at = 0
    while options[at].keyword:
        variable = options[at].envvar
        known[options[at].keyword.decode()] = variable.decode() if variable else None
        at += 1
    assert len(known) > 30
    table = ours()
    assert {name: table.get(name, ("missing", ""))[0] for name in known} == known
    # What later majors brought, and nothing that libpq does not know.
    assert major < 18 or set(table) - set(known) <= {"servicefile"}


@pytest.mark.parametrize(("name", "how"), [(name, how) for name, (_, how) in ours().items() if how != "used"])
def test_what_cannot_be_honoured_is_an_error(name: str, how: str) -> None:
    with pytest.raises(pw.PgWarrantError) as refused:
        pw.snapshot(f"host=/nowhere {name}=something-else")
    assert refused.value.code == "pg.unsupported-value"
    assert "something-else" not in str(refused.value) or "secret" not in name
    for value in re.findall(r"`([^`]+)`", how):
        with pytest.raises(pw.PgWarrantError) as tried:
            pw.snapshot(f"host=/nowhere {name}={value}")
        # It went as far as the address.
        assert tried.value.code == "pg.connect", (name, value)


def test_what_nobody_knows_is_an_error() -> None:
    with pytest.raises(pw.PgWarrantError) as refused:
        pw.snapshot("host=/nowhere hots=somewhere")
    assert refused.value.code == "pg.unknown-keyword"
