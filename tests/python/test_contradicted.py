"""An exact verdict that a live dry run contradicts: its own code, and a line in REVIEW.md."""

from __future__ import annotations

import json
from pathlib import Path

import pgwarrant as pw
from pgwarrant import report

CONTRACT = """change meddled
target database shop
role postgres

allow
    CREATE TABLE
    within schema app
"""
BASELINE = """
CREATE ROLE postgres SUPERUSER LOGIN;
CREATE SCHEMA app;
CREATE FUNCTION app.meddle() RETURNS event_trigger LANGUAGE plpgsql
    AS $$ BEGIN COMMENT ON SCHEMA app IS 'it was here'; END $$;
CREATE EVENT TRIGGER meddle ON ddl_command_end WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION app.meddle();
"""


def test_a_review_of_a_contradicted_verdict_says_so(tmp_path: Path) -> None:
    (tmp_path / "change.sql").write_text("CREATE TABLE app.n (id int PRIMARY KEY);\n")
    (tmp_path / "change.contract").write_text(CONTRACT)
    change = pw.Change.open(tmp_path)
    with pw.EphemeralCluster() as cluster:
        target = cluster.create_database("shop")
        cluster.run(BASELINE.encode(), database="shop")
        dry = change.dry_run(base="restored", target=target)
        preflight = change.preflight(target, dry_run=dry)
        shown = {
            "check": change.check().to_dict(),
            "dry_run": json.loads(dry.to_bytes()),
            "preflight": json.loads(preflight.to_bytes()),
        }
    assert dry.outcome == "FAIL"
    review = report.review_markdown(shown, report.custody({}), requested_by="x")
    rollback = review.split("## 5. Rollback")[1].split("## 6.")[0]
    assert "FAIL: inverse.contradicted: the inverse was called exact and is not" in rollback
    assert "it was here" in rollback
