"""The objects people hold, as far as they need no server."""

from __future__ import annotations

import pickle
from pathlib import Path

import documents
import pgwarrant as pw
import pytest
from pgwarrant import errors
from pgwarrant.artefact import write_whole
from pgwarrant.phases import PHASES, _examine
from pgwarrant.report import problems


def test_every_room_has_a_class_with_a_docstring() -> None:
    for kind in errors.CLASSES.values():
        assert issubclass(kind, errors.PgWarrantError)
        assert kind.__doc__
    for room in ("script", "sql", "contract", "pg", "catalog", "cluster", "rehearsal", "package", "warrant", "journal"):
        assert errors.CLASSES[room].room == room


def test_an_error_survives_a_trip_to_another_process() -> None:
    error = errors.NotAuthorised("no", code="warrant.none", facts={"a": 1}, hint="sign", exit_status=3)
    again = pickle.loads(pickle.dumps(error))
    assert again.to_dict() == error.to_dict()
    assert type(again) is errors.NotAuthorised


@pytest.mark.parametrize(
    "conninfo",
    [
        "postgresql://me:s3cret@db.example/x",
        "postgres://me:s3cret@db.example/x?sslpassword=s3cret",
        "host=db password=s3cret",
        "host=db password='s3 cret' user=x",
        "password = s3cret",
    ],
)
def test_no_password_is_ever_shown(conninfo: str) -> None:
    shown = repr(pw.Target(conninfo))
    assert "s3" not in shown
    assert "***" in shown


@pytest.mark.parametrize("role", ["owner", "o'brien", "back\\slash", "with space", "a@b/c"])
def test_a_target_as_another_role(role: str) -> None:
    pairs = pw.Target("host=/tmp user=me dbname=x").as_role(role).conninfo
    assert "user=me" not in pairs
    assert pairs.count("user=") == 1
    url = pw.Target("postgresql://me@db/x").as_role(role).conninfo
    assert url.startswith("postgresql://")
    assert url.endswith("@db/x")
    assert "me@" not in url


def test_a_change_is_read_once(tmp_path: Path) -> None:
    change = pw.Change.init(tmp_path / "new")
    (tmp_path / "new" / "change.sql").write_text("DROP TABLE everything;")
    assert b"DROP" not in change.files["change.sql"]
    with pytest.raises(TypeError):
        change.files["change.sql"] = b""  # type: ignore[index]


@pytest.mark.parametrize(("file", "code"), [("change.sql", "change.missing-file"), (None, "change.not-a-directory")])
def test_what_is_no_change_directory(tmp_path: Path, file: str | None, code: str) -> None:
    folder = tmp_path / "gone"
    if file:
        pw.Change.init(folder)
        (folder / file).unlink()
    with pytest.raises(pw.ChangeError) as caught:
        pw.Change.open(folder)
    assert caught.value.code == code
    assert caught.value.hint
    assert caught.value.exit_status == 2


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(pw.ChangeError, match="not empty"):
        pw.Change.init(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "document.json"
    write_whole(place, b"first")

    def broken(_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", broken)
    with pytest.raises(OSError, match="disk full"):
        write_whole(place, b"second")
    assert place.read_bytes() == b"first"
    assert [file.name for file in tmp_path.iterdir()] == ["document.json"]


def test_a_check_that_was_not_run_did_not_pass() -> None:
    checked = pw.Checked({"outcome": "FAIL", "checks": [documents.check(1, "NOT_RUN"), documents.check(2)]})
    assert [check["id"] for check in checked.failed] == ["V-1"]
    assert [problem["rule"] for problem in problems(checked.to_dict())] == ["contract.V-1"]


def test_an_artefact_goes_to_disk_and_back(tmp_path: Path) -> None:
    dry = pw.DryRun(documents.dry_run_document())
    again = pw.DryRun.load(dry.save(tmp_path / "deep" / "dry_run.json"))
    assert again.to_dict() == dry.to_dict()
    assert again.to_bytes() == dry.to_bytes()
    assert "PASS" in repr(again)


def test_a_delta_as_rows() -> None:
    rows = pw.Delta(documents.delta()).to_rows()
    assert [row["change"] for row in rows] == ["created", "created", "created", "altered", "dropped"]
    assert {tuple(row) for row in rows} == {("change", "kind", "schema", "name", "field", "before", "after")}
    frame = pw.Delta(documents.delta()).to_pandas()
    assert list(frame.columns) == ["change", "kind", "schema", "name", "field", "before", "after"]
    assert pw.Delta({}).to_pandas().empty


def test_a_delta_without_snapshots_has_no_inverse() -> None:
    with pytest.raises(pw.PgWarrantError) as caught:
        pw.Delta(documents.delta()).inverse()
    assert caught.value.code == "inverse.snapshots-missing"


def test_phases_stand_in_order() -> None:
    names = [module.PHASE.name for module in PHASES]
    assert names[:6] == ["check", "dry-run", "preflight", "package", "sign", "apply"]
    assert [module.PHASE.name for module in PHASES if module.PHASE.needs_warrant] == ["apply", "rollback"]
    with pytest.raises(ImportError, match="apply stands before sign"):
        _examine(tuple(reversed(PHASES)))
    with pytest.raises(ImportError, match="twice"):
        _examine((*PHASES, PHASES[0]))


def test_everything_public_is_listed_and_documented() -> None:
    for name in pw.__all__:
        assert hasattr(pw, name)
        if isinstance(getattr(pw, name), type):
            assert getattr(pw, name).__doc__
