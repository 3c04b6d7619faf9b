"""What is advised of a file whose columns have other names, by their names and by their cells; followed, it works."""

from __future__ import annotations

import random
import re
import shlex
import string
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import xlsxwriter

from importer.errors import InputError
from importer.model import Status
from importer.run import run_check
from importer.schema.columns.advice import advice_for, likely_columns
from importer.schema.columns.contents import Contents
from importer.schema.columns.names import ColumnNames
from importer.settings import ByField, InputSettings
from importer.settings.notations import Delimiter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.model import Summary

RANDOM = random.Random(20260601)
IDS = ["".join(RANDOM.choices(string.ascii_letters + string.digits + "_-", k=8)) for _ in range(40)]
AMOUNTS = [f"{number}.{number:02}" for number in range(10, 50)]


def check(path: Path, **options: Any) -> Summary:
    """Check a file."""
    return run_check(InputSettings(inputs=(str(path),), **options))


def refusal(path: Path, **options: Any) -> str:
    """What is said of a file that cannot be used."""
    with pytest.raises(InputError) as caught:
        check(path, **options)
    return str(caught.value)


def maps_of(text: str) -> dict[str, str]:
    """The options that a sentence writes, as a shell and the command line read them; the first for each field."""
    found = re.findall(r"--map (\w+=(?:'[^']*'|\"'\"|[^\s;.'])+)", text)
    pairs = [ByField().parse("".join(shlex.split(option))) for option in found]
    return dict(reversed(pairs))


def written(path: Path, header: Sequence[str], *columns: Sequence[str], delimiter: str = ",") -> Path:
    """Write these columns of text in the format that the path's name says."""
    rows = list(zip(*columns, strict=True))
    if path.suffix == ".parquet":
        pl.DataFrame(dict(zip(header, columns, strict=True))).write_parquet(path)
    elif path.suffix == ".xlsx":
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet()
            for number, row in enumerate((header, *rows)):
                sheet.write_row(number, 0, row)
    else:
        path.write_text("".join(delimiter.join(row) + "\n" for row in (header, *rows)), "utf-8")
    return path


HEADERS = {
    "German": ("Nachrichten-ID", "Umsatz netto", "Ereignisart"),
    "German, compound": ("NachrichtID", "Gesamtbetrag", "Art"),
    "French": ("ID du message", "Montant TTC", "Type d'événement"),
    "Spanish": ("ID mensaje", "Importe", "Tipo"),
    "Portuguese": ("ID da mensagem", "Receita", "Tipo de evento"),
    "Italian": ("ID messaggio", "Importo", "Azione"),
    "Dutch": ("Bericht-ID", "Bedrag (EUR)", "Soort"),
}


@pytest.mark.parametrize("language", HEADERS)
def test_headers_of_other_languages_are_known(tmp_path: Path, language: str) -> None:
    """The `--map` of each is written out, and followed the file is right, whatever stands beside the columns."""
    header = (*HEADERS[language], "Anzahl")
    path = written(tmp_path / "june.csv", header, IDS, AMOUNTS, ["sale"] * 40, ["1"] * 40)
    maps = maps_of(refusal(path))
    assert maps == dict(zip(("message_id", "revenue", "attribution_type"), header[:3], strict=True))
    assert check(path, map=maps).by_status.keys() == {Status.PENDING}


def test_a_header_of_another_language_is_found_below_a_title(tmp_path: Path) -> None:
    """The `--skip-rows` that is advised leads to the `--map` that works; names have accents or lack them."""
    rows = zip(IDS, AMOUNTS, ["sale"] * 40, strict=True)
    lines = ["Rapport de juin", "", "ID du message,Recette,Événement", *map(",".join, rows)]
    path = tmp_path / "june.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    assert "--skip-rows 2 leaves out what stands above" in refusal(path)
    maps = maps_of(refusal(path, skip_rows=2))
    assert check(path, map=maps, skip_rows=2).by_status.keys() == {Status.PENDING}


@pytest.mark.parametrize("name", ["june.csv", "june.xlsx", "june.parquet"])
def test_columns_are_known_by_their_cells(tmp_path: Path, name: str) -> None:
    """Whatever they are called, in every format: it is said that it is by the cells, and works when followed."""
    others = [f"INV-{number:04}" for number in range(40)], ["4521", "4522"] * 20, ["SUMMER26", "WINTER27"] * 20
    header = ("Rechnung", "Kanal", "Gutschein", "X", "Y", "Z")
    path = written(tmp_path / name, header, *others, ["Sale", "click"] * 20, AMOUNTS, IDS)
    text = refusal(path)
    assert "If Z, by its cells, holds message_id and Y, by its cells, holds revenue and X, by its cells," in text
    assert maps_of(text) == {"message_id": "Z", "revenue": "Y", "attribution_type": "X"}
    assert check(path, map=maps_of(text)).by_status.keys() == {Status.PENDING}


def test_typed_amounts_are_amounts(tmp_path: Path) -> None:
    """A column of floats beside one of whole numbers, in a Parquet file."""
    path = tmp_path / "june.parquet"
    pl.DataFrame({"a": IDS, "n": range(40), "b": [float(text) for text in AMOUNTS]}).write_parquet(path)
    text = refusal(path)
    assert maps_of(text) == {"message_id": "a", "revenue": "b", "attribution_type": "COLUMN"}
    maps = {"message_id": "a", "revenue": "b"}
    assert check(path, map=maps, set={"attribution_type": "sale"}).by_status.keys() == {Status.PENDING}


def test_two_equally_likely_columns_are_both_named(tmp_path: Path) -> None:
    """Which of two is the amount is for the user to say; neither is suggested for another field."""
    path = written(
        tmp_path / "june.csv", ("ID", "Betrag", "Provision", "Art"), IDS, AMOUNTS, AMOUNTS[::-1], ["sale"] * 40
    )
    text = refusal(path)
    assert "revenue may be in Betrag or Provision: say --map revenue=Betrag or --map revenue=Provision;" in text
    for column in ("Betrag", "Provision"):
        assert check(path, map=maps_of(text) | {"revenue": column}).by_status.keys() == {Status.PENDING}
    both = written(
        tmp_path / "two.csv", ("A", "B", "revenue", "attribution_type"), IDS, IDS[::-1], AMOUNTS, ["sale"] * 40
    )
    assert "message_id may be in A or B: say --map message_id=A or --map message_id=B;" in refusal(both)


@pytest.mark.parametrize(
    ("earned", "ordered"),
    [
        ("Publisher Commission (USD)", "Sale Amount (USD)"),
        ("affiliateCommission", "orderValue"),
        ("Verdienst", "Bruttobetrag"),
        ("commission", "transAmount"),
    ],
)
def test_what_was_earned_and_what_was_ordered_are_both_named(tmp_path: Path, earned: str, ordered: str) -> None:
    """However well one fits: which of them is the revenue, the program does not know; taxes and refunds are neither."""
    amounts = (["1.50", "2.25"], ["100", "80"], ["0.20", "0.30"], ["0.00", "1.00"])
    file = written(tmp_path / "june.csv", ("sub_id", earned, ordered, "tax", "Refunded Amount"), IDS[:2], *amounts)
    assert f"revenue may be in {earned} or {ordered}: say --map revenue=" in refusal(file)


def test_cells_say_more_than_a_name(tmp_path: Path) -> None:
    """`source` is what some networks call ids; where it holds words, and another column ids, it is the other one."""
    path = written(
        tmp_path / "june.csv", ("source", "Kürzel", "revenue", "Typ"), ["facebook"] * 40, IDS, AMOUNTS, ["sale"] * 40
    )
    assert maps_of(refusal(path)) == {"message_id": "Kürzel", "attribution_type": "Typ"}
    words = written(tmp_path / "words.csv", ("message_id", "Betrag", "Typ"), IDS, ["paid", "open"] * 20, ["sale"] * 40)
    assert "--map revenue=COLUMN" in refusal(words)


def test_no_column_is_advised_twice() -> None:
    """A name that stands for two fields is advised for one of them, by names alone and with cells."""
    for rows in ([], [["aB3dE6gH", "9.50"]] * 3):
        text = advice_for(ColumnNames(["x", "Wert"], "june.csv"), ["message_id", "revenue"], (), Contents(rows))
        columns = re.findall(r"--map \w+=(\w+)", text)
        assert len(columns) == len({*columns} - {"COLUMN"}) + columns.count("COLUMN")
        assert "--map revenue=Wert" in text


def fits(field: str, *cells: str) -> int | None:
    """How well a column of these cells fits a field."""
    return Contents([[cell] for cell in cells]).fit(field, 0)


@pytest.mark.parametrize(
    "cells",
    [
        ["approved", "rejected", "reversed"],
        ["20260601", "20260602", "20260603"],
        ["12345678", "87654321", "13572468"],
        ["Facebook", "Snapchat", "LinkedIn"],
        ["ORD00001", "ORD00002", "ORD00003"],
        ["SUMMER26"] * 30,
        ["01-Jun26", "02-Jun26", "03-Jun26"],
        ["2026-6-1", "2026-6-2", "2026-6-3"],
    ],
)
def test_what_has_eight_characters_is_not_always_an_id(cells: list[str]) -> None:
    """Words, dates, numbers, numbers of orders, and codes that come again and again."""
    assert fits("message_id", *cells) == 0


def test_what_fits_which_field() -> None:
    """One cell of a few, or two of a hundred, may be something else: a line of totals. Empty cells say nothing."""
    assert fits("message_id", *IDS, "Total") == 1
    assert fits("message_id", *IDS[:5], "Total") == 0
    assert fits("message_id", "", " ") is None
    assert fits("revenue", "1.249,50 €", "-3,10", "") == 2
    assert fits("revenue", "12", "1200") == 1
    assert fits("revenue", "1780310400", "1780310401") == fits("revenue", "00012", "00013") == 0
    assert fits("attribution_type", "Vente", "CLIC", "envoi") == 1
    assert fits("timestamp", "01.06.2026 12:00", "02.06.2026") == 1
    assert fits("timestamp", "9.50", "12.30") == 0


@pytest.mark.parametrize(
    ("names", "title"),
    [
        (("", "y"), "column 1"),
        (("x", "x"), "x (column 1)"),
        (("\u200emessage_id", "y"), "column 1"),
        (("mess\u00adage_id", "y"), "column 1"),
        (("\u202dmessage_id\u202c", ""), "column 1"),
        (("Code", "y"), "Code"),
    ],
)
def test_a_column_that_nobody_can_type_goes_by_its_number(tmp_path: Path, names: tuple[str, str], title: str) -> None:
    """Without a name, with one that others have, or with characters that cannot be seen: no file has to be edited."""
    header = (*names, "revenue", "attribution_type")
    path = written(tmp_path / "june.csv", header, IDS, ["old"] * 40, AMOUNTS, ["sale"] * 40)
    text = refusal(path)
    assert maps_of(text) == {"message_id": title}
    assert check(path, map=maps_of(text)).by_status.keys() == {Status.PENDING}


def test_what_cannot_be_seen_in_a_name_is_named(tmp_path: Path) -> None:
    """By its code point: two names that look the same on the screen are not the same."""
    path = written(tmp_path / "june.csv", ("revenue\u200f", "attribution_type"), AMOUNTS, ["sale"] * 40)
    assert "Columns found: revenue\ufffd (with U+200F), attribution_type." in refusal(path)


@pytest.mark.parametrize(
    ("columns", "told", "first"),
    [
        ({"Date": "2026-06-02", "Time": "12:30", "Zone": "-0400"}, "Date+Time+Zone", "2026-06-02T16:30:00Z"),
        ({"Datum": "2026-06-02", "Uhrzeit": "12:30:15"}, "Datum+Uhrzeit", "2026-06-02T12:30:15Z"),
        ({"Sale Date": "2026-06-02", "At": "07:00", "tz": "UTC"}, "Sale Date+At+tz", "2026-06-02T07:00:00Z"),
        ({"Date": "2026-06-02", "x": "words"}, "Date", "2026-06-02T00:00:00Z"),
        ({"Date": "2026-06-02 09:00", "Time": "12:30"}, "Date", "2026-06-02T09:00:00Z"),
        ({"Date": "2026-06-02", "Start": "12:30", "End": "12:40"}, "Date", "2026-06-02T00:00:00Z"),
    ],
)
def test_date_and_time_in_columns_of_their_own(tmp_path: Path, columns: dict[str, str], told: str, first: str) -> None:
    """The date alone would be midnight; what the advice joins is the moment."""
    header = ("message_id", "revenue", "attribution_type", *columns)
    path = written(
        tmp_path / "june.csv", header, IDS, AMOUNTS, ["sale"] * 40, *([cell] * 40 for cell in columns.values())
    )
    warnings = " ".join(check(path).warnings)
    assert maps_of(warnings) == {"timestamp": told}
    assert check(path, map=maps_of(warnings)).first_timestamp == first


@pytest.mark.parametrize("header", [("timestamp", "time"), ("Sale date", "Uhrzeit")])
def test_dates_alone_beside_a_column_of_times(tmp_path: Path, header: tuple[str, str]) -> None:
    """Also where the date is mapped, by a profile perhaps: all events of a day would be those of midnight."""
    names = ("message_id", "revenue", "attribution_type", *header)
    path = written(tmp_path / "june.csv", names, IDS, AMOUNTS, ["sale"] * 40, ["2026-06-02"] * 40, ["12:30:15"] * 40)
    given = {} if header[0] == "timestamp" else {"timestamp": header[0]}
    warnings = " ".join(check(path, map=given).warnings)
    assert f"{header[0]!r} holds dates alone, which count as midnight." in warnings
    assert maps_of(warnings) == {"timestamp": "+".join(header)}
    joined = check(path, map=maps_of(warnings))
    assert joined.first_timestamp == "2026-06-02T12:30:15Z"
    assert "midnight" not in " ".join(joined.warnings)
    assert "midnight" not in " ".join(check(path, map=given, ignore=(header[1],)).warnings)
    whole = written(path, names, IDS, AMOUNTS, ["sale"] * 40, ["2026-06-02 07:00"] * 40, ["12:30:15"] * 40)
    assert "midnight" not in " ".join(check(whole, map=given).warnings)


@pytest.mark.parametrize(
    ("name", "cells", "said", "followed"),
    [
        (
            *("TimeZone", ["PDT", "PST"], "--map timestamp=timestamp+TimeZone."),
            {
                "map": {"timestamp": "timestamp+TimeZone"},
                "timestamp_format": ("%Y-%m-%d %H:%M:%S %Z",),
                "timezone": "America/Los_Angeles",
            },
        ),
        (
            *("time zone", ["-0700", "-0800"], "--map timestamp='timestamp+time zone'."),
            {"map": {"timestamp": "timestamp+time zone"}},
        ),
        (
            *("Zeitzone", ["America/Los_Angeles", "America/Los_Angeles"], "--timezone America/Los_Angeles."),
            {"timezone": "America/Los_Angeles"},
        ),
    ],
)
def test_a_zone_in_a_column_of_its_own_is_pointed_to(
    tmp_path: Path, name: str, cells: list[str], said: str, followed: dict[str, Any]
) -> None:
    """Times are read in UTC otherwise, and may be of another day; whoever says a zone is not told."""
    header = ("message_id", "revenue", "attribution_type", "timestamp", name)
    times = ["2026-06-30 22:15:07", "2026-01-30 22:15:07"]
    file = written(tmp_path / "june.csv", header, IDS[:2], AMOUNTS[:2], ["sale"] * 2, times, cells)
    (warning,) = (text for text in check(file).warnings if "not used" in text)
    assert warning.endswith(f"If {name!r} tells the zone of the times, which are read in UTC, say {said}")
    summary = check(file, **followed)
    assert (summary.first_timestamp, summary.last_timestamp) == ("2026-01-31T06:15:07Z", "2026-07-01T05:15:07Z")
    assert "which are read in UTC" not in " ".join(summary.warnings)


@pytest.mark.parametrize(
    ("name", "cells", "time"),
    [
        ("TimeZone", ["UTC", "UTC"], "2026-06-30 22:15:07"),
        ("TimeZone", ["PDT", "PST"], "2026-06-30T22:15:07Z"),
        ("state", ["CT", "PT"], "2026-06-30 22:15:07"),
        ("TimeZone", ["PDT", "of the visitor"], "2026-06-30 22:15:07"),
        ("tz", ["-0700", "-0800"], "1780315200"),
    ],
)
def test_no_zone_is_pointed_to_where_none_is_needed(tmp_path: Path, name: str, cells: list[str], time: str) -> None:
    """The times are in UTC, or tell their zone, or the column tells something else."""
    header = ("message_id", "revenue", "attribution_type", "timestamp", name)
    file = written(tmp_path / "june.csv", header, IDS[:2], AMOUNTS[:2], ["sale"] * 2, [time] * 2, cells)
    assert "which are read in UTC" not in " ".join(check(file).warnings)


@pytest.mark.parametrize("mark", ["^", "~", ":", "\x01", "\x1f", "¦"])
def test_another_delimiter_is_told(tmp_path: Path, mark: str) -> None:
    """As Hive and hosts write; the option reads the file as it is written there. A sign beyond ASCII is none."""
    header = ("message_id", "revenue", "attribution_type")
    path = written(tmp_path / "june.csv", header, IDS, AMOUNTS, ["sale"] * 40, delimiter=mark)
    said = re.search(r"say --delimiter (\S+)\.$", refusal(path))
    assert (said is not None) == mark.isascii()
    if said:
        told = Delimiter().settle(*shlex.split(said[1]))
        assert check(path, delimiter=told).posted.rows == 40


def test_the_delimiter_that_a_file_declares(tmp_path: Path) -> None:
    """As Excel hears it, whatever it is."""
    path = tmp_path / "june.csv"
    for mark in "^~:":
        path.write_text(f"sep={mark}\nmessage_id,revenue,attribution_type\ntfb0raDP,1.00,sale\n".replace(",", mark))
        assert check(path).posted.rows == 1


def test_no_header_is_sought_where_it_is(tmp_path: Path) -> None:
    """Characters that nobody sees make no other line of it: the advice would lead in circles."""
    path = tmp_path / "june.csv"
    path.write_text("\ufeff\u200bmessage_id,revenue\u2060,type\ntfb0raDP,1.00,sale\n", "utf-8")
    assert "skip-rows" not in refusal(path)
    assert check(path, map=maps_of(refusal(path))).by_status.keys() == {Status.PENDING}


def test_a_long_name_is_written_out(tmp_path: Path) -> None:
    """An option with half a name would not be found."""
    long = "Umsatz der Bestellung ohne Versand und ohne Mehrwertsteuer"
    path = written(tmp_path / "june.csv", ("message_id", long, "attribution_type"), IDS, AMOUNTS, ["sale"] * 40)
    assert check(path, map=maps_of(refusal(path))).by_status.keys() == {Status.PENDING}


@pytest.mark.parametrize("name", ["june.csv", "june.xlsx"])
def test_times_are_known_by_their_cells(tmp_path: Path, name: str) -> None:
    """`Data` is a date in Portuguese and Italian, and anything in English: the cells say which."""
    header = ("message_id", "revenue", "attribution_type", "Data")
    path = written(tmp_path / name, header, IDS, AMOUNTS, ["sale"] * 40, ["2026-06-02 12:30"] * 40)
    warnings = " ".join(check(path).warnings)
    assert "If 'Data' holds timestamp, say --map timestamp=Data." in warnings
    assert check(path, map=maps_of(warnings)).first_timestamp == "2026-06-02T12:30:00Z"
    for cell in ("blob", "Type 5", "9 March Street", "May contain nuts"):
        other = written(tmp_path / f"other-{name}", header, IDS, AMOUNTS, ["sale"] * 40, [cell] * 40)
        assert "timestamp=" not in " ".join(check(other).warnings)


@pytest.mark.parametrize("cell", ["3. März 2026", "mardi 2 juin 2026", "June 2nd 2026", "02-giu-26 10:00"])
def test_times_are_known_by_the_names_of_their_months(tmp_path: Path, cell: str) -> None:
    """The column is asked about, and then the form of its cells."""
    path = written(
        tmp_path / "june.csv", ("message_id", "revenue", "attribution_type", "Data"), IDS, AMOUNTS, ["sale"] * 40,
        [cell] * 40,
    )  # fmt: skip
    assert maps_of(" ".join(check(path).warnings)) == {"timestamp": "Data"}


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        *((word, "sale") for word in ("Verkauf", "vente", "VENTA", "conversion", "lead")),
        *((word, "click") for word in ("Klick", "clic")),
        *((word, "send") for word in ("versendet", "envío")),
    ],
)
def test_words_for_a_type_are_known(tmp_path: Path, word: str, kind: str) -> None:
    """The reason writes the `--value` out, and followed the row is right."""
    path = written(tmp_path / "june.csv", ("message_id", "revenue", "attribution_type"), IDS[:1], ["5.00"], [word])
    summary = check(path)
    (found,) = re.findall(r"--value (\S+)\.$", summary.findings[0].examples[0].text)
    assert found == f"attribution_type:{word}={kind}"
    assert check(path, value=(found,)).by_attribution_type.keys() == {kind}


def test_a_word_that_nobody_knows_is_no_advice(tmp_path: Path) -> None:
    """What it may mean is not guessed."""
    path = written(tmp_path / "june.csv", ("message_id", "revenue", "attribution_type"), IDS[:1], ["5.00"], ["upsell"])
    assert "--value" not in check(path).findings[0].examples[0].text


@pytest.mark.parametrize(
    ("titles", "cells", "likely"),
    [
        (
            ["SendeID", "Betrag", "Art", "Angebot", "Zeitpunkt", "Bemerkung"],
            ["{id}", "24,90", "Sale", "4610", "01.06.2026 18:45", ""],
            {
                "message_id": "SendeID",
                "revenue": "Betrag",
                "attribution_type": "Art",
                "offer_id": "Angebot",
                "timestamp": "Zeitpunkt",
            },
        ),
        (["x", "Datum", "Uhrzeit"], ["{id}", "2026-06-01", "10:00"], {"message_id": "x", "timestamp": "Datum+Uhrzeit"}),
        (["Brutto", "Netto", "Notiz"], ["24.90", "20.92", "-"], {}),  # two may be the revenue
        (["revenu", "attribution_tpe"], ["Anna", "Bert"], {}),  # what is in it is none
        (["Revenue", "Message ID"], ["24.90", "{id}"], {}),  # the file says it itself
    ],
)
def test_the_likely_column_of_each_field_is_one_or_none(titles, cells, likely):
    names = ColumnNames(titles, "june.csv")
    fields = ("message_id", "revenue", "attribution_type", "offer_id", "timestamp")
    own = {field: names.named(field, ()) for field in fields}
    contents = Contents([[cell.format(id=name) for cell in cells] for name in IDS])
    taken = {at for places in own.values() for at in places}
    assert likely_columns(names, [field for field in fields if not own[field]], taken, contents) == likely
