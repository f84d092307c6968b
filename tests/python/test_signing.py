"""Signing, as a person at a terminal, as a program without one, and with a key that an ssh-agent holds."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pgwarrant as pw
import pytest
from conftest import EXAMPLES, REVIEWER, Person, Production, make_person
from pgwarrant.phases import sign as signing

PROMPT = "[y/N]"


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One package for all: signing never looks at the target again unless it is told to."""
    with pw.EphemeralCluster() as cluster:
        target = cluster.create_database("directus")
        cluster.run((EXAMPLES / "p0-2" / "baseline.sql").read_bytes(), database="directus")
        out = tmp_path_factory.mktemp("sealed") / "package"
        yield Production("p0-2", cluster, target, None).packaged(out).path


@pytest.fixture
def package(sealed: Path, tmp_path: Path) -> pw.Package:
    shutil.copytree(sealed, tmp_path / "package")
    return pw.Package.open(tmp_path / "package")


@pytest.fixture
def agent(reviewer: Person) -> Iterator[dict[str, str]]:
    """A real ssh-agent that holds the reviewer's key, and the environment that leads to it."""
    with tempfile.TemporaryDirectory(prefix="agent-") as folder:
        socket = str(Path(folder) / "socket")
        running = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
        environment = {**os.environ, "SSH_AUTH_SOCK": socket}
        try:
            deadline = time.monotonic() + 20
            while not Path(socket).exists():
                assert time.monotonic() < deadline
                time.sleep(0.02)
            subprocess.run(["ssh-add", "-q", str(reviewer.key)], env=environment, check=True)
            yield environment
        finally:
            running.terminate()
            running.wait()


def command(package: pw.Package, *words: object) -> list[str]:
    return [sys.executable, "-m", "pgwarrant", "sign", str(package.path), "--role", "workflow_admin", *map(str, words)]


def at_a_terminal(
    package: pw.Package, *words: object, answer: str, environment: dict[str, str] | None = None
) -> tuple[int, str]:
    """Run it on a pseudo-terminal and answer its question; what it says must come before the question is answered."""
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        command(package, *words), stdin=theirs, stdout=theirs, stderr=theirs, env=environment, close_fds=True
    )
    os.close(theirs)
    said, answered, deadline = "", False, time.monotonic() + 60
    try:
        while time.monotonic() < deadline:
            if not select.select([ours], [], [], 1)[0]:
                continue
            try:
                heard = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not heard:
                break
            said += heard.decode(errors="replace")
            if PROMPT in said and not answered:
                assert not package.warrants, "it was signed before anybody was asked"
                os.write(ours, f"{answer}\n".encode())
                answered = True
        assert answered or running.wait(10) != 0, said
        return running.wait(10), said
    finally:
        os.close(ours)
        running.kill()
        running.wait()


def without_a_terminal(
    package: pw.Package, *words: object, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(package, *words),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        start_new_session=True,
    )


def accepted(package: pw.Package, trust: Path) -> bool:
    """Whether ssh-keygen takes the one signature of the package for the reviewer's."""
    (warrant,) = package.warrants
    judge = ["ssh-keygen", "-Y", "verify", "-n", "pgwarrant", "-I", REVIEWER, "-f", str(trust), "-s", f"{warrant}.sig"]
    with warrant.open("rb") as payload:
        return subprocess.run(judge, stdin=payload, capture_output=True, check=False).returncode == 0


def test_a_person_reads_what_would_be_signed_and_may_say_no(package: pw.Package, reviewer: Person) -> None:
    status, said = at_a_terminal(package, "--key", reviewer.key, answer="n")
    assert status == 3
    assert not package.warrants
    shown = " ".join(said.split())
    for words in (
        "You allow to run the 4 statements of change.sql",
        "once, in one transaction",
        "on the database directus",
        "the server that was started at",
        "as the role workflow_admin",
        "CREATE TABLE cutter_governance.manifest_envelope",
        "It was asked for by agent@example.org",
    ):
        assert words in shown, words
    assert said.index("You allow") < said.index(PROMPT)
    status, said = at_a_terminal(package, "--key", reviewer.key, answer="y")
    assert status == 0, said
    assert accepted(package, reviewer.trust)


def test_without_a_terminal_only_a_key_in_a_file_signs(
    package: pw.Package, reviewer: Person, agent: dict[str, str]
) -> None:
    public = reviewer.key.with_suffix(".pub")
    for words in (
        ("--key", reviewer.key),
        ("--key", public),
        ("--key", public, "--yes"),
        ("--agent", REVIEWER),
        ("--agent", REVIEWER, "--yes"),
        ("--key", reviewer.key, "--agent", REVIEWER, "--yes"),
        ("--yes",),
    ):
        done = without_a_terminal(package, *words, environment=agent)
        assert done.returncode == 2, (words, done.stdout, done.stderr)
        assert not package.warrants, words
    with pytest.raises(pw.NotAuthorised, match="nobody at a terminal") as refused:
        package.sign(public, role="workflow_admin")
    assert refused.value.code == "warrant.no-terminal"
    assert not package.warrants
    done = without_a_terminal(package, "--key", reviewer.key, "--yes", environment=agent)
    assert done.returncode == 0, done.stderr
    assert accepted(package, reviewer.trust)


@pytest.mark.parametrize("by", ["comment", "fingerprint", "public key"])
def test_an_agent_signs_for_a_person_at_a_terminal(
    package: pw.Package, reviewer: Person, agent: dict[str, str], by: str
) -> None:
    public = reviewer.key.with_suffix(".pub")
    listed = subprocess.run(["ssh-keygen", "-l", "-f", public], capture_output=True, text=True, check=True).stdout
    words = {
        "comment": ("--agent", REVIEWER),
        "fingerprint": ("--agent", listed.split()[1]),
        "public key": ("--key", public),
    }[by]
    status, said = at_a_terminal(package, *words, answer="y", environment=agent)
    assert status == 0, said
    assert accepted(package, reviewer.trust)


def test_a_key_that_the_agent_does_not_hold_signs_nothing(
    package: pw.Package, reviewer: Person, agent: dict[str, str]
) -> None:
    status, said = at_a_terminal(package, "--agent", "somebody@example.org", answer="y", environment=agent)
    assert status == 4, said
    assert "warrant.no-such-key" in said
    nowhere = {**agent, "SSH_AUTH_SOCK": "/nowhere"}
    status, said = at_a_terminal(package, "--agent", REVIEWER, answer="y", environment=nowhere)
    assert status == 4, said
    assert not package.warrants


def test_a_file_means_the_file(package: pw.Package, reviewer: Person, agent: dict[str, str], tmp_path: Path) -> None:
    """The agent holds the same key open; a locked file must not be opened by way of it."""
    locked = tmp_path / "locked"
    shutil.copy(reviewer.key, locked)
    shutil.copy(reviewer.key.with_suffix(".pub"), locked.with_suffix(".pub"))
    locked.chmod(0o600)
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "a passphrase", "-f", str(locked)], check=True)
    done = without_a_terminal(package, "--key", locked, "--yes", environment=agent)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "warrant.not-signed" in done.stderr
    assert not package.warrants


def test_a_second_person_signs_the_same_warrant(package: pw.Package, reviewer: Person, tmp_path: Path) -> None:
    grace = make_person(tmp_path / "grace", "grace@example.org")
    first = package.sign(reviewer.key, role="workflow_admin")
    again = [*command(package)[:5], "--warrant", first.digest, "--key", str(grace.key), "--yes"]
    done = subprocess.run(again, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "You allow to run the 4 statements" in " ".join(done.stdout.split())
    assert package.warrants == [first.warrant]
    second = Path(f"{first.warrant}.2.sig")
    judge = [
        "ssh-keygen",
        "-Y",
        "verify",
        "-n",
        "pgwarrant",
        "-I",
        grace.name,
        "-f",
        str(grace.trust),
        "-s",
        str(second),
    ]
    with first.warrant.open("rb") as payload:
        assert subprocess.run(judge, stdin=payload, capture_output=True, check=False).returncode == 0
    # Somebody put other bytes there: they are about something else than the package, and nobody signs them.
    forged = json.loads(first.warrant.read_bytes())
    forged["statements"] = 5
    written = json.dumps(forged, sort_keys=True, separators=(",", ":")).encode()
    digest = hashlib.sha256(written).hexdigest()
    (package.path / "warrants" / f"{digest[:12]}.json").write_bytes(written)
    again[again.index(first.digest)] = digest
    done = subprocess.run(again, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "warrant.not-of-this-package" in done.stderr
    assert not list((package.path / "warrants").glob(f"{digest[:12]}*.sig"))


def test_words_say_all_that_is_signed(package: pw.Package, reviewer: Person) -> None:
    _, payload = signing.write_request(
        package, role="workflow_admin", because="it is time", trust=reviewer.trust, writable_trust=True
    )
    words = signing.in_words(payload)
    assert "Because: it is time" in words
    assert "It holds only under the trust root" in words
    rejected = signing.write_request(package, role="workflow_admin", decision="reject")[1]
    assert signing.in_words(rejected).startswith("You reject: never to run")
