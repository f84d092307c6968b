"""The build backend: it finds what bindgen needs, respects what is set, and says clearly what is missing."""

from __future__ import annotations

import base64
import hashlib
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

BACKEND = Path(__file__).parents[2] / "build_backend"
sys.path.insert(0, str(BACKEND))

import pgwarrant_build  # noqa: E402 - it lies outside the packages on purpose


def test_it_finds_libclang_and_the_headers() -> None:
    found = pgwarrant_build.environment({})
    assert list(Path(found["LIBCLANG_PATH"]).glob("libclang.*"))
    (flag,) = shlex.split(found["BINDGEN_EXTRA_CLANG_ARGS"])
    assert (Path(flag.removeprefix("-I")) / "stdbool.h").is_file()


def test_what_is_set_wins() -> None:
    given = {"LIBCLANG_PATH": "/a", "BINDGEN_EXTRA_CLANG_ARGS": "-I/b"}
    assert pgwarrant_build.environment(given) == {}
    assert list(pgwarrant_build.environment({"LIBCLANG_PATH": "/a"})) == ["BINDGEN_EXTRA_CLANG_ARGS"]


def test_no_compiler_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(pgwarrant_build.BuildError, match="no C compiler was found"):
        pgwarrant_build.environment({"LIBCLANG_PATH": "/a"})


def test_no_libclang_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(pgwarrant_build.BuildError, match="libclang"):
        pgwarrant_build.environment({})


def test_the_example_goes_into_the_wheel(tmp_path: Path) -> None:
    wheel, source = tmp_path / "pgwarrant-0-py3-none-any.whl", tmp_path / "ws-q5"
    source.mkdir()
    (source / "change.sql").write_text("SELECT 1;")
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("pgwarrant/a.py", "a = 1\n")
        archive.writestr("pgwarrant-0.dist-info/RECORD", "pgwarrant/a.py,,\npgwarrant-0.dist-info/RECORD,,\n")
    pgwarrant_build.add_example(wheel, source)
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == len(set(archive.namelist())) == 3
        assert archive.read("pgwarrant/examples/ws-q5/change.sql") == b"SELECT 1;"
        record = archive.read("pgwarrant-0.dist-info/RECORD").decode()
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"SELECT 1;").digest()).rstrip(b"=").decode()
    assert f"pgwarrant/examples/ws-q5/change.sql,sha256={digest},9\n" in record


def test_a_shell_can_read_it() -> None:
    program = [sys.executable, str(BACKEND / "pgwarrant_build.py")]
    said = subprocess.run(program, capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin"}).stdout
    assert all(line.startswith("export ") for line in said.splitlines())
