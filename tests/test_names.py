"""Names that are no text, very many of them, and names of files that are made for a moment."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import polars as pl
import pytest

from importer.checking import Check
from importer.records import SilentListener
from importer.report.tallies import Tallies
from importer.settings import InputSettings
from importer.sources import open_inputs
from tests.support.faultplan import hang_up, rule
from tests.support.inputs import rows, write_csv
from tests.support.oracle import judge
from tests.test_import import lines

LATIN = os.fsdecode(b"caf\xe9")
"""A name as Windows or an old Mac wrote it: these bytes are no UTF-8."""


def test_a_name_that_is_no_text_is_imported_and_reported(run, healthy_server, tmp_path):
    """Such a file is read like any other; results, journal and reports name it by its bytes."""
    month = rows(3)
    write_csv(tmp_path / f"{LATIN}.csv", month)
    options = ("--rejects", f"{LATIN}.rejects.csv", "--report", f"{LATIN}.html", "--json")
    result = run("import", f"{LATIN}.csv", "--base-url", healthy_server.url, *options)
    assert result.exit == 0, result
    judge(month, tmp_path / f"{LATIN}.results.csv", healthy_server.ledger(), result.json)
    assert {line["source"] for line in lines(tmp_path / f"{LATIN}.results.csv")} == {r"caf\xe9.csv"}
    again = run("import", f"{LATIN}.csv", "--base-url", healthy_server.url, *options)
    assert (again.exit, again.json["requests"]) == (0, 0)
    for shape in ("--json", "--html=x.html", "--excel=x.xlsx"):
        reported = run("report", f"{LATIN}.results.csv", shape)
        assert reported.exit == 0, reported


def test_a_folder_holds_names_that_are_no_text(run, healthy_server, tmp_path):
    """One such file, or the folder itself, is no reason to refuse a month."""
    folder = tmp_path / LATIN
    (folder / "1").mkdir(parents=True)
    (folder / "2").mkdir()
    for number in (1, 2):
        write_csv(folder / str(number) / f"{LATIN}.csv", rows(2, start=number * 10))
    (folder / f"{LATIN}.doc").write_text("a note")
    result = run("import", LATIN, "--base-url", healthy_server.url, "-o", "all.csv", "--json")
    assert result.exit == 0, result
    assert {line["source"] for line in lines(tmp_path / "all.csv")} == {r"1/caf\xe9.csv", r"2/caf\xe9.csv"}


@pytest.mark.parametrize("value", [LATIN, "caf%E9"])
def test_a_folder_cannot_name_a_value_that_is_no_text(run, tmp_path, value):
    """The value would be posted: nobody may guess what its bytes mean."""
    folder = tmp_path / "by" / f"offer_id={value}"
    folder.mkdir(parents=True)
    write_csv(folder / "june.csv", rows(1))
    refused = run("check", "by")
    assert (refused.exit, "names a value that is not UTF-8 text" in refused.stderr) == (2, True), refused


@pytest.mark.parametrize(
    "arguments",
    [(f"{LATIN}.parquet",), ("june.csv", "-o", f"{LATIN}.parquet"), ("june.csv", "--set", f"offer_id={LATIN}")],
)
def test_where_only_text_will_do_a_sentence_says_so(run, tmp_path, arguments):
    """The library for Parquet takes no other paths, and the API no other values."""
    (tmp_path / "june.csv").write_text("message_id,revenue,attribution_type\nAbC12345,1,sale\n")
    (tmp_path / f"{LATIN}.parquet").write_bytes(b"PAR1")
    refused = run("check", *arguments)
    assert refused.exit == 2, refused
    assert "UTF-8" in refused.stderr
    assert "caf" in refused.stderr


def test_a_verdict_may_hold_bytes_that_are_no_text(run, fault_server, tmp_path):
    """What was typed in another encoding is kept by its bytes, and a file is found by its name as by what is shown."""
    server = fault_server(rule(hang_up(stored=True), attempt=1))
    write_csv(tmp_path / f"{LATIN}.csv", rows(2))
    run("import", f"{LATIN}.csv", "--base-url", server.url)
    for row, source in ((1, f"{LATIN}.csv"), (2, r"caf\xe9.csv")):
        verdict = ("--row", row, "--source", source, "--recorded", "--why", LATIN, "--yes")
        resolved = run("resolve", f"{LATIN}.results.csv", *verdict)
        assert resolved.exit == 0, resolved
        assert r"(caf\xe9)" in resolved.stderr


def test_there_is_room_for_any_number_of_input_files(tmp_path):
    """The number of a file in memory has more than sixteen bits: a folder of daily exports by shop has more files."""
    sources = open_inputs([str(write_csv(tmp_path / "june.csv", rows(1)))])
    checked = Check(sources, InputSettings(), now=datetime.now(UTC), spool=None).run(SilentListener())
    assert checked.index["file"].dtype == Tallies().all_places()["book"].dtype == pl.UInt32
