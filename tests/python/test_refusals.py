"""What must be refused is refused, each with its own code, and the target stays as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pgwarrant as pw
import pytest
from conftest import Person, Production, make_person
from pgwarrant.phases import sign as signing


def test_each_bad_warrant_has_its_own_code(
    production: Callable[..., Production], reviewer: Person, tmp_path: Path
) -> None:
    real = production("p0-2")
    before = real.fingerprint()
    package = real.packaged(tmp_path / "package")
    warrants = package.path / "warrants"
    codes: list[str] = []

    def refused(trust: Path = reviewer.trust, target: pw.Target | None = None) -> None:
        with pytest.raises(pw.PgWarrantError) as caught:
            package.apply(target or real.owner, trust=trust, writable_trust=True)
        assert caught.value.exit_status == 3
        assert caught.value.hint
        codes.append(caught.value.code)
        assert real.fingerprint() == before
        for file in warrants.iterdir():
            file.unlink()

    refused()  # no warrant at all

    signed = package.sign(reviewer.key, role="workflow_admin")
    signed.signature.write_text(signed.signature.read_text().replace("U1NIU0lH", "U1NIU0lI", 1))
    refused()  # not a signature

    digest, payload = signing.write_request(package, role="workflow_admin")
    good = signing.sign_payload(package, digest, payload, key=reviewer.key)
    said = json.loads(payload)
    said["role"] = "directus"
    good.warrant.write_bytes(json.dumps(said, sort_keys=True, separators=(",", ":")).encode())
    refused()  # other bytes than were signed

    stranger = make_person(tmp_path / "stranger", "stranger@example.org")
    package.sign(stranger.key, role="workflow_admin")
    refused()  # a key the trust root does not list

    itself = make_person(tmp_path / "itself", package.manifest["requested_by"])
    package.sign(itself.key, role="workflow_admin")
    refused(trust=itself.trust)  # the requester approves its own request

    package.sign(reviewer.key, role="workflow_admin", decision="reject")
    refused()

    with pytest.raises(pw.ApplyError):
        package.sign(reviewer.key, role="workflow_admin", operation="rollback")  # there is nothing to roll back yet
    with pytest.raises(pw.NotAuthorised):
        package.sign(reviewer.key, role="directus")  # the contract names another role

    package.sign(reviewer.key, role="workflow_admin")
    refused(target=real.target)  # the session has another role than was signed

    digest, payload = signing.write_request(package, role="workflow_admin", not_before="2099-01-01T00:00:00Z")
    signing.sign_payload(package, digest, payload, key=reviewer.key)
    refused()  # not yet valid

    digest, payload = signing.write_request(package, role="workflow_admin", not_before="2001-01-01T00:00:00Z")
    signing.sign_payload(package, digest, payload, key=reviewer.key)
    refused()  # expired

    assert len(set(codes)) >= 8, codes


def test_a_warrant_is_used_once(production: Callable[..., Production], reviewer: Person, tmp_path: Path) -> None:
    real = production("p0-2")
    package = real.packaged(tmp_path / "package")
    package.sign(reviewer.key, role="workflow_admin")
    assert package.apply(real.owner, trust=reviewer.trust, writable_trust=True).passed
    after = real.fingerprint()
    with pytest.raises(pw.PgWarrantError) as caught:
        package.apply(real.owner, trust=reviewer.trust, writable_trust=True)
    assert caught.value.exit_status == 3
    assert real.fingerprint() == after


def test_drift_since_the_preflight_is_refused(
    production: Callable[..., Production], reviewer: Person, tmp_path: Path
) -> None:
    real = production("p0-2")
    package = real.packaged(tmp_path / "package")
    package.sign(reviewer.key, role="workflow_admin")
    drift = b"SET ROLE workflow_admin; CREATE TABLE cutter_governance.somebody_else (a int);"
    real.cluster.run(drift, database="directus")
    drifted = real.fingerprint()
    with pytest.raises(pw.PgWarrantError) as caught:
        package.apply(real.owner, trust=reviewer.trust, writable_trust=True)
    assert (caught.value.code, caught.value.exit_status) == ("apply.drift", 3)
    assert real.fingerprint() == drifted


@pytest.mark.parametrize("harm", ["missing", "extra", "truncated", "renamed", "flipped"])
def test_a_touched_package_is_refused(
    harm: str, production: Callable[..., Production], reviewer: Person, tmp_path: Path
) -> None:
    real = production("p0-2")
    package = real.packaged(tmp_path / "package")
    package.sign(reviewer.key, role="workflow_admin")
    file = package.path / "change.sql"
    if harm == "missing":
        file.unlink()
    elif harm == "extra":
        (package.path / "more.sql").write_text("DROP TABLE x;")
    elif harm == "truncated":
        file.write_bytes(file.read_bytes()[:-2])
    elif harm == "renamed":
        file.rename(package.path / "changed.sql")
    else:
        file.write_bytes(file.read_bytes().replace(b"uuid", b"text", 1))
    before = real.fingerprint()
    with pytest.raises(pw.PackageError) as caught:
        package.apply(real.owner, trust=reviewer.trust, writable_trust=True)
    assert caught.value.exit_status == 3
    assert real.fingerprint() == before
    with pytest.raises(pw.PackageError):
        pw.Package.open(package.path)


def test_a_review_that_says_something_else_is_not_signed(
    production: Callable[..., Production], reviewer: Person, tmp_path: Path
) -> None:
    """A package sealed with another text than its evidence renders to: the seal is whole, the review lies."""
    from pgwarrant import _core

    real = production("p0-2")
    honest = real.packaged(tmp_path / "honest")
    files = {name: (honest.path / name).read_bytes() for name in honest.manifest_names()}
    files["REVIEW.md"] = b"# All is well, please sign\n"
    _core.seal(str(tmp_path / "lying"), files, change_id=honest.change_id, requested_by="agent@example.org")
    lying = pw.Package.open(tmp_path / "lying")
    with pytest.raises(pw.PackageError) as caught:
        lying.sign(reviewer.key, role="workflow_admin")
    assert caught.value.code == "package.review-differs"
    assert not list((lying.path / "warrants").iterdir())


def test_evidence_that_failed_is_not_packaged(production: Callable[..., Production], tmp_path: Path) -> None:
    real = production("p0-2")
    change = pw.Change.open(Path(__file__).parents[2] / "examples" / "p0-2")
    dry = change.dry_run(pg=real.cluster.major)
    real.cluster.run(b"DROP TABLE cutter_governance.verify_result;", database="directus")
    looked = change.preflight(real.owner, dry_run=dry)
    assert looked.outcome == "FAIL"
    with pytest.raises(pw.PackageError) as caught:
        change.package(dry_run=dry, preflight=looked, out=tmp_path / "package")
    assert caught.value.code == "package.evidence-failed"
    assert not (tmp_path / "package").exists()
