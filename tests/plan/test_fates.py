"""The fates of earlier runs, whose texts wait on disk: whatever is asked of them is as if they were all in memory."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.disk import spool
from importer.journal import Journal, intent_facts, journal_path, load, reading
from importer.journal.rows import intent_line
from importer.model import FATE, FIELDS, KEY
from importer.plan import fates as fates_module
from importer.plan.fates import NO_PRIOR, Fates
from importer.plan.index.last_run import held_for
from importer.plan.keys import KEYS
from importer.plan.past import load_earlier

STATUSES = ("recorded", "in_doubt", "pending")


def a_part(begin: int, rows: int) -> pl.DataFrame:
    """Fates whose texts tell their number."""
    lines = [
        dict.fromkeys(FATE, "") | {"row": str(n), "status": STATUSES[n % 3], "offer_id": None, "error_message": f"é{n}"}
        for n in range(begin, begin + rows)
    ]
    return pl.DataFrame(lines, schema=dict.fromkeys(FATE, pl.String))


def with_key(part: pl.DataFrame, of: str) -> pl.DataFrame:
    """The part as it comes: with keys that tell the number of their fate, or without them."""
    number, none = pl.col("row").cast(pl.Int64), pl.lit(None, pl.String)
    keys = {
        "all": pl.format("s:{}", "row"),
        "some": pl.when(number % 2 == 0).then(pl.format("s:{}", "row")),
        "no": none,
    }
    return part.with_columns(keys[of].cast(pl.String).alias(KEY))


def full(**_: object) -> object:
    raise OSError(28, "No space left on device")


def told_later(fates: Fates, parts: list[pl.DataFrame], keyed: list[str]) -> None:
    """A journal: the keys of the first parts come after all rows, the others come with theirs, where they have any."""
    later = keyed.count("later")
    for part, of in zip(parts, keyed, strict=True):
        fates.add(part.drop(KEY) if of in ("later", "no") else part)
    if later:
        fates.tell_keys(pl.concat(part[KEY] for part in parts[:later]))


@given(
    data=st.data(),
    sizes=st.lists(st.integers(0, 5), max_size=6),
    later=st.integers(0, 3),
    on_disk=st.booleans(),
)
def test_keys_are_beside_their_fates(data, sizes, later, on_disk):
    """In some parts, in none, or told after all rows: every fate has its own, and there is no column where none is."""
    with pytest.MonkeyPatch.context() as patch, closing(Fates()) as fates:
        patch.setattr(fates_module, "SLICE_ROWS", 3)
        if not on_disk:
            patch.setattr(spool.tempfile, "TemporaryFile", full)
        kinds = [data.draw(st.sampled_from(["all", "some", "no"])) for _ in sizes]
        parts = [with_key(a_part(sum(sizes[:n]), size), kinds[n]) for n, size in enumerate(sizes)]
        told_later(fates, parts, ["later"] * min(later, len(sizes)) + kinds[later:])
        known = pl.concat([with_key(a_part(0, 0), "no"), *parts])
        if not fates.keyed:
            assert known[KEY].null_count() == known.height
            assert KEY not in [*fates.whole().columns, *fates.lines.columns, *fates.at(pl.Series([NO_PRIOR])).columns]
            return
        dropped = data.draw(st.sets(st.integers(0, max(known.height - 1, 0)))) if known.height else set()
        fates.drop(pl.Series(sorted(dropped), dtype=pl.UInt32))
        known = known.filter(~pl.int_range(pl.len()).is_in(sorted(dropped)))
        assert fates.whole().select(*FATE, KEY).equals(known)
        assert fates.whole(("row",)).columns == ["row", *KEYS]
        assert pl.concat([with_key(a_part(0, 0), "no"), *fates.parts()]).equals(known)
        rows = data.draw(st.permutations([*range(known.height), NO_PRIOR]))
        prior = pl.Series("prior", rows, dtype=pl.Int32)
        wanted = known.select(pl.all().gather(pl.Series([n if n >= 0 else None for n in rows], dtype=pl.UInt32)))
        assert fates.at(prior).equals(wanted)
        cuts = sorted(data.draw(st.sets(st.integers(1, len(rows)))) | {len(rows)})
        beside = list(fates.beside(prior, cuts, ("row", KEY)))
        assert all(part.columns == ["row", KEY] for part in beside)
        assert pl.concat(beside).equals(wanted.select("row", KEY))


@given(data=st.data(), sizes=st.lists(st.integers(0, 5), max_size=6), on_disk=st.booleans())
def test_they_are_as_if_they_were_in_memory(data, sizes, on_disk):
    """In parts of any size, some of them dropped, asked for in any order, on a disk with room or without."""
    with pytest.MonkeyPatch.context() as patch, closing(Fates()) as fates:
        patch.setattr(fates_module, "SLICE_ROWS", 3)
        if not on_disk:
            patch.setattr(spool.tempfile, "TemporaryFile", full)
        parts = [a_part(sum(sizes[:n]), size) for n, size in enumerate(sizes)]
        for part in parts:
            fates.add(part)
        known = pl.concat([a_part(0, 0), *parts])
        dropped = data.draw(st.sets(st.integers(0, max(known.height - 1, 0)))) if known.height else set()
        fates.drop(pl.Series(sorted(dropped), dtype=pl.UInt32))
        known = known.filter(~pl.int_range(pl.len()).is_in(sorted(dropped)))
        assert fates.whole().select(FATE).equals(known)
        assert pl.concat([a_part(0, 0), *fates.parts()]).equals(known)
        assert fates.lines["status"].cast(pl.String).to_list() == known["status"].to_list()

        taken = data.draw(st.permutations(range(known.height)))[: data.draw(st.integers(0, known.height))]
        rows = data.draw(st.permutations([*taken, *[NO_PRIOR] * data.draw(st.integers(0, 4))]))
        prior = pl.Series("prior", rows, dtype=pl.Int32)
        wanted = known.select(pl.all().gather(pl.Series([n if n >= 0 else None for n in rows], dtype=pl.UInt32)))
        assert fates.at(prior).equals(wanted)
        cuts = sorted(data.draw(st.sets(st.integers(1, len(rows)))) | {len(rows)}) if rows else []
        beside = [a_part(0, 0).select("row", "status"), *fates.beside(prior, cuts, ("row", "status"))]
        assert [part.height for part in beside[1:]] == [
            end - begin for begin, end in zip([0, *cuts], cuts, strict=False)
        ]
        assert pl.concat(beside).equals(wanted.select("row", "status"))
        left = [n for n, status in enumerate(known["status"]) if n not in taken and status != "pending"]
        assert fates.left_by(prior, ["recorded", "in_doubt"]).to_list() == left


def test_only_rows_that_are_held_for_a_row_are_freed_with_it():
    """Not one that is like it and waits, nor one that looks like another that may have been counted."""
    why = "nearly the same row is recorded or in doubt in june.results.csv"
    known = [
        ("in_doubt", "Msg00001", "no answer"),
        ("duplicate", "Msg00001", why),
        ("pending", "Msg00001", None),
        ("duplicate", "Msg00001", why.replace("june", "may")),
        ("duplicate", "Msg00002", why),
        ("recorded", "Msg00002", None),
    ]
    lines = [
        dict.fromkeys(FATE)
        | {"row": str(n), "status": status, "message_id": name, "error_message": said}
        | {"error_code": "looks_recorded" if status == "duplicate" else None}
        | {"revenue": name[-1], "attribution_type": "sale", "timestamp": f"2026-06-01T08:00:0{n}Z"}
        for n, (status, name, said) in enumerate(known)
    ]
    with closing(Fates()) as fates:
        fates.add(pl.DataFrame(lines, schema=dict.fromkeys(FATE, pl.String)))
        june = Path("june.results.csv")
        freed = [held_for(fates, pl.Series(numbers, dtype=pl.UInt32), june).to_list() for numbers in ([0], [5], [])]
    assert freed == [[1], [4], []]


def sent_again(prior: int, key: str | None) -> bytes:
    """The intent of a row that was at this place in the journal (-1: at none), with this key."""
    known = {"prior": [prior], "attempts_before": [1], "row": [f"again {prior}"], "source": ["june.csv"]}
    frame = pl.DataFrame(known | {name: ["x"] for name in FIELDS} | {KEY: pl.Series([key], dtype=pl.String)})
    facts = frame.select(intent_facts(keyed=key is not None)).item()
    return intent_line(prior + 1, 1, "2026-11-23T10:00:00.000Z", facts)


@pytest.mark.parametrize("block", [200, 1 << 20], ids=["a chunk a block", "one block"])
@pytest.mark.parametrize("keyed", ["some", "all", "no"])
def test_they_are_what_a_journal_tells(tmp_path, monkeypatch, block, keyed):
    """With the keys of its first rows, which stand behind them, and of those that were sent again."""
    monkeypatch.setattr(reading, "READ_BYTES", block)
    results = tmp_path / "june.results.csv"
    journal = Journal(journal_path(results))
    with journal.compaction({"target": "t", "shard": None}) as compaction:
        for begin in (0, 4):
            compaction.add(with_key(a_part(begin, 4), keyed))
        appender = journal.start(journal.replace(compaction, []))
    for prior, key in ((-1, "s:new"), (2, None), (5, "s:5")):
        appender.append(sent_again(prior, key if keyed != "no" else None))
    journal.close()
    whole = load(journal_path(results)).fates()
    with closing(load_earlier(results, target="t", shard=None)) as earlier:
        assert earlier.fates.whole().drop(KEYS).equals(whole)
        assert earlier.fates.lines.height == 9
    assert (KEY in whole.columns) == (keyed != "no")
