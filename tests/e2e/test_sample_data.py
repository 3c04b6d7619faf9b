"""The sample data: what its README says of it, and that it can be made again."""

from __future__ import annotations

import csv
import http.client
import io
import json
import subprocess
import sys
import tomllib
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import polars as pl
import pytest

from importer.sandbox import Sandbox

FOLDER = Path(__file__).parents[2] / "sample_data"
FILES = ("june_2026.csv", "june_2026_messy.csv", "june_2026_de.csv", "german_export.toml")


def rows(name: str, encoding: str = "utf-8-sig", delimiter: str = ",") -> list[list[str]]:
    """The records after the header, without blank lines."""
    text = io.StringIO((FOLDER / name).read_bytes().decode(encoding), newline="")
    return [row for row in csv.reader(text, delimiter=delimiter) if row][1:]


@pytest.fixture(scope="module")
def made_again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample_data")
    subprocess.run([sys.executable, FOLDER / "generate.py", folder], check=True, timeout=60)
    return folder


def test_the_generator_makes_the_same_files_again(made_again: Path) -> None:
    """Text files come out byte for byte, the typed ones with the same contents."""
    for name in FILES:
        assert (made_again / name).read_bytes() == (FOLDER / name).read_bytes(), name
    for name, read in (("june_2026.parquet", pl.read_parquet), ("june_2026.xlsx", pl.read_excel)):
        assert read(made_again / name).equals(read(FOLDER / name)), name


def test_the_readme_tells_rows_and_totals() -> None:
    """The counts and sums in the README are those of the files."""
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    clean, messy = rows("june_2026.csv"), rows("june_2026_messy.csv")
    german = rows("june_2026_de.csv", "cp1252", ";")
    assert f"{len(clean)} rows, {sum(Decimal(row[1]) for row in clean)} in all" in readme
    assert f"everything that goes wrong: {len(messy)} rows" in readme
    amounts = [Decimal(row[1].replace(".", "").replace(",", ".")) for row in german]
    assert f"{len(german)} rows, {sum(amounts)} in all" in readme


def test_the_three_forms_of_june_hold_the_same_events() -> None:
    """CSV, Parquet and Excel agree in every id, amount, type, offer and moment."""
    texts = pl.DataFrame(
        rows("june_2026.csv"), schema=["id", "revenue", "type", "offer", "at", "invoice"], orient="row"
    )
    expected = texts.select(
        "id",
        pl.col("revenue").cast(pl.Decimal(12, 3)),
        "type",
        "offer",
        pl.col("at").str.to_datetime("%+", time_zone="UTC"),
    ).rows()
    for name in ("june_2026.parquet", "june_2026.xlsx"):
        table = pl.read_parquet(FOLDER / name) if name.endswith("parquet") else pl.read_excel(FOLDER / name)
        if name.endswith("xlsx"):
            table = table.with_columns(pl.col("Timestamp").dt.replace_time_zone("America/New_York"))
        found = table.select(
            pl.col("Message ID"),
            pl.col("Revenue").cast(pl.Decimal(12, 3)),
            pl.col("Attribution Type"),
            pl.col("Offer ID").fill_null(""),
            pl.col("Timestamp").dt.convert_time_zone("UTC").dt.cast_time_unit("us"),
        ).rows()
        assert found == expected, name


def test_no_event_of_the_clean_files_repeats_another() -> None:
    """The clean and the German file have no two equal rows, the messy one has exactly one pair."""
    for found in (rows("june_2026.csv"), rows("june_2026_de.csv", "cp1252", ";")):
        assert len({tuple(row[:5]) for row in found}) == len(found)
    messy = rows("june_2026_messy.csv")
    assert len({tuple(row) for row in messy}) == len(messy) - 1


def test_the_sandbox_takes_every_row_in_order_and_no_unknown_message() -> None:
    """Every row of the clean files is accepted by the sandbox; of the messy one the zz messages are not found."""
    records = [
        f'{{"message_id":{json.dumps(row[0])},"revenue":{row[1]},"attribution_type":"{row[2]}","timestamp":"{row[4]}"}}'
        for row in rows("june_2026.csv")
    ]
    unknown = [row for row in rows("june_2026_messy.csv") if row[0].startswith("zz")]
    records += [f'{{"message_id":"{row[0]}","revenue":{row[1]},"attribution_type":"{row[2]}"}}' for row in unknown]
    with Sandbox() as box:
        url = urlsplit(box.url)
        connection = http.client.HTTPConnection(url.hostname or "", url.port)
        headers = {"X-Api-Key": "trk_" + "0" * 32, "Content-Type": "application/json"}
        connection.request("POST", "/v2/revenue/bulk", f'{{"records":[{",".join(records)}]}}'.encode(), headers)
        answer = json.loads(connection.getresponse().read(), parse_float=Decimal)
        connection.request("GET", "/v2/offers", headers=headers)
        offers = json.loads(connection.getresponse().read())["offers"]
        connection.close()
    assert (answer["success_count"], len(unknown)) == (300, 3)
    assert {error["code"] for error in answer["errors"]} == {"message_not_found"}
    assert {row[3] for row in rows("june_2026.csv")} <= {""} | {o[key] for o in offers for key in ("id", "external_id")}


def test_awkward_ids_are_in_the_clean_file() -> None:
    """Ids that look like numbers, dates or booleans, with leading zeros or an exponent, are among the rows."""
    ids = {row[0] for row in rows("june_2026.csv")}
    assert {"1e234567", "TRUE1234", "00123456", "00000000", "20260608", "0x12ab34"} <= ids
    assert {len(name) for name in ids} == {8}


def test_the_profile_names_the_columns_of_the_german_file() -> None:
    """Each column that the profile maps is in the header of the file that it is for."""
    profile = tomllib.loads((FOLDER / "german_export.toml").read_text(encoding="utf-8"))
    header = (FOLDER / "june_2026_de.csv").read_text(encoding="cp1252").splitlines()[0].split(";")
    assert set(profile["map"].values()) | set(profile["keep"]) == set(header)
