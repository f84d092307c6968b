"""The DDL of a delta, executed: forward from the first snapshot to the second."""

from __future__ import annotations

import pgwarrant as pw

BEFORE = b"CREATE TABLE public.kept (id int PRIMARY KEY); CREATE TABLE public.gone (a int);"
AFTER = b"""
DROP TABLE public.gone;
ALTER TABLE public.kept ADD COLUMN label text NOT NULL DEFAULT 'none';
CREATE INDEX kept_label ON public.kept (label);
CREATE VIEW public.labels AS SELECT label FROM public.kept;
COMMENT ON VIEW public.labels IS 'all of them';
"""


def test_the_ddl_of_a_delta_leads_from_one_to_the_other() -> None:
    with pw.EphemeralCluster() as cluster:
        here, there = cluster.create_database("here"), cluster.create_database("there")
        for name in ("here", "there"):
            cluster.run(BEFORE, database=name)
        first = pw.snapshot(here)
        cluster.run(AFTER, database="there")
        delta = first.diff(pw.snapshot(there))
        assert delta.changes
        # What holds rows is not dropped unasked.
        kept = delta.sql()
        assert "DROP TABLE" not in kept
        assert "-- impossible: table public.gone: left out: what it holds would be lost" in kept
        cluster.create_database("kept")
        cluster.run(BEFORE + kept.encode(), database="kept")
        left = pw.snapshot(cluster.target("kept")).diff(pw.snapshot(there)).changes
        assert [change["name"] for change in left] == ["table public.gone", "column public.gone.a"]
        cluster.run(delta.sql(data_loss=True).encode(), database="here")
        assert pw.snapshot(here).diff(pw.snapshot(there)).changes == []
        # And back again.
        cluster.run(delta.inverse()["script"].encode(), database="here")
        assert pw.snapshot(here).fingerprint == first.fingerprint


def test_a_hostile_name_stays_in_its_comment() -> None:
    with pw.EphemeralCluster() as cluster:
        target = cluster.create_database("here")
        hostile = b'CREATE TABLE public."a\\nDROP TABLE public.kept;--" (id int, b int);'.replace(b"\\n", b"\n")
        cluster.run(BEFORE + hostile, database="here")
        first = pw.snapshot(target)
        cluster.run(b'ALTER TABLE public."a\nDROP TABLE public.kept;--" DROP COLUMN id;', database="here")
        script = pw.snapshot(target).diff(first).sql(data_loss=True)
        assert [statement.tag for statement in pw.Script(script.encode()).statements] == [
            "BEGIN",
            "ALTER TABLE",
            "COMMIT",
        ]
