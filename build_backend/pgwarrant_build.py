"""The PEP 517 backend of pgwarrant: it finds what the parser's build needs, then hands every hook over to maturin.

Building ``pg_query`` runs bindgen, which needs two things a bare machine lacks: the library ``libclang`` (taken from
the PyPI wheel of that name, a build requirement) and the C compiler's own headers (``stdbool.h`` and friends, which
that wheel does not carry). Values already set in the environment win. The one thing added to what maturin makes is the
example that `pgwarrant demo` tells: it lives in `examples/`, which maturin cannot place inside the package.

``python build_backend/pgwarrant_build.py`` prints the same settings for a shell to ``eval``: that is how the Makefile
gives plain ``cargo test`` what ``pip install`` gets.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any


class BuildError(RuntimeError):
    """The machine lacks something the build cannot do without."""


def environment(given: dict[str, str]) -> dict[str, str]:
    """What the build needs and ``given`` does not set yet."""
    found: dict[str, str] = {}
    if not given.get("LIBCLANG_PATH"):
        found["LIBCLANG_PATH"] = _libclang_folder()
    if not given.get("BINDGEN_EXTRA_CLANG_ARGS"):
        found["BINDGEN_EXTRA_CLANG_ARGS"] = shlex.quote(f"-I{_compiler_headers(given)}")
    return found


def _libclang_folder() -> str:
    spec = importlib.util.find_spec("clang")
    for root in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(root) / "native"
        if any(folder.glob("libclang.*")):
            return str(folder)
    raise BuildError(
        "the wheel `libclang` is not installed in this environment, so the SQL parser cannot be built.\n"
        "hint: `pip install libclang`, or set LIBCLANG_PATH to a folder that holds libclang"
    )


def _compiler_headers(given: dict[str, str]) -> str:
    named = shlex.split(given.get("CC", ""))[:1]
    for compiler in [*named, "cc", "gcc", "clang"]:
        path = shutil.which(compiler)
        if path is None:
            continue
        answer = subprocess.run([path, "-print-file-name=include"], capture_output=True, text=True, check=False)
        folder = answer.stdout.strip()
        if answer.returncode == 0 and Path(folder).is_absolute():
            return folder
    raise BuildError(
        "no C compiler was found (looked for $CC, cc, gcc and clang), so the SQL parser cannot be built.\n"
        "hint: install one (Debian: `apt-get install gcc libc6-dev`; Fedora: `dnf install gcc`; macOS: "
        "`xcode-select --install`), or set BINDGEN_EXTRA_CLANG_ARGS to the -I option of your compiler's headers"
    )


def _maturin() -> Any:
    os.environ.update(environment(dict(os.environ)))
    import maturin

    return maturin


def add_example(wheel: Path, source: Path) -> None:
    """Put the files of an example into a wheel as ``pgwarrant/examples/<name>/`` and into its RECORD."""
    with zipfile.ZipFile(wheel, "a", zipfile.ZIP_DEFLATED) as archive:
        record = next(name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
        lines = archive.read(record).decode().splitlines()
        for file in sorted(source.iterdir()):
            content = file.read_bytes()
            place = f"pgwarrant/examples/{source.name}/{file.name}"
            archive.writestr(zipfile.ZipInfo(place, (1980, 1, 1, 0, 0, 0)), content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            lines.append(f"{place},sha256={digest},{len(content)}")
    # A zip file cannot replace one member: the RECORD is written by copying the others.
    fresh = wheel.with_suffix(".fresh")
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            new.writestr(member, "\n".join([*lines, ""]) if member.filename == record else old.read(member))
    fresh.replace(wheel)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):  # type: ignore[no-untyped-def]
    name = _maturin().build_wheel(wheel_directory, config_settings, metadata_directory)
    add_example(Path(wheel_directory) / name, Path(__file__).parents[1] / "examples" / "ws-q5")
    return name


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):  # type: ignore[no-untyped-def]
    return _maturin().build_editable(wheel_directory, config_settings, metadata_directory)


def build_sdist(sdist_directory, config_settings=None):  # type: ignore[no-untyped-def]
    import maturin

    return maturin.build_sdist(sdist_directory, config_settings)


def get_requires_for_build_wheel(config_settings=None):  # type: ignore[no-untyped-def]
    import maturin

    return maturin.get_requires_for_build_wheel(config_settings)


def get_requires_for_build_editable(config_settings=None):  # type: ignore[no-untyped-def]
    import maturin

    return maturin.get_requires_for_build_editable(config_settings)


def get_requires_for_build_sdist(config_settings=None):  # type: ignore[no-untyped-def]
    import maturin

    return maturin.get_requires_for_build_sdist(config_settings)


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):  # type: ignore[no-untyped-def]
    import maturin

    return maturin.prepare_metadata_for_build_wheel(metadata_directory, config_settings)


def prepare_metadata_for_build_editable(metadata_directory, config_settings=None):  # type: ignore[no-untyped-def]
    import maturin

    return maturin.prepare_metadata_for_build_editable(metadata_directory, config_settings)


if __name__ == "__main__":
    try:
        for name, value in environment(dict(os.environ)).items():
            print(f"export {name}={shlex.quote(value)}")
    except BuildError as refusal:
        print(f"error: {refusal}", file=sys.stderr)
        print("false")
        sys.exit(1)
