"""Which column holds which field, and what is said when that is not clear."""

from __future__ import annotations

from typing import Any

import pytest

from importer.errors import ImporterError, InputError, SettingsError
from importer.model import FIELDS
from importer.schema import Columns, is_rejects_header, match_columns

BASE = ["message_id", "revenue", "attribution_type"]


def match(header: list[str], **options: Any) -> Columns:
    """The columns of june.csv with this header."""
    return match_columns(header, "june.csv", **({"mapping": {}, "constants": {}, "keep": ()} | options))


def refusal(kind: type[ImporterError], header: list[str], **options: Any) -> str:
    """What is said of a header that cannot be used."""
    with pytest.raises(kind) as caught:
        match(header, **options)
    assert str(caught.value).isprintable()
    return str(caught.value)


@pytest.mark.parametrize(
    "header",
    [
        ["message_id", "revenue", "attribution_type", "offer_id", "timestamp"],
        ["Message ID", "REVENUE", "Attribution-Type", " offer_id ", "TimeStamp"],
        ["\u200bmessage_\u200did", "revenue\u2060", "attribution_\u200ctype", "\u200b offer_id \ufeff", "timestamp"],
        ["\ufeffmessage-id", "\u00a0Revenue", "attribution type\ufeff", "OFFER ID", "timestamp\t"],
    ],
)
def test_headers_match_without_regard_to_case_and_separators(header: list[str]) -> None:
    """Headers match without regard to case, surrounding space, BOM, or `-` or space for `_`."""
    assert match(header) == Columns({field: position for position, field in enumerate(FIELDS)}, {})


def test_order_does_not_matter_and_optional_fields_may_lack() -> None:
    """Columns stand in any order, and the rest is named as unused."""
    found = match(["x", "revenue", "attribution_type", "", "message_id"])
    assert found.positions == {"message_id": 4, "revenue": 1, "attribution_type": 2}
    assert found.unused == ("x", "column 4")


def test_a_mapping_wins_over_the_fields_own_name() -> None:
    """`--map` takes the column it names, to the letter before any likeness; the field's own name is then unused."""
    found = match([*BASE, "Aff Sub", "aff_sub"], mapping={"Message-ID": "aff_sub"})
    assert found.positions["message_id"] == 4
    assert found.unused == ("message_id", "Aff Sub")
    assert match([*BASE, "Aff Sub"], mapping={"message_id": "aff-sub"}).positions["message_id"] == 3
    swapped = match(
        ["revenue", "message_id", "attribution_type"], mapping={"message_id": "revenue", "revenue": "message_id"}
    )
    assert swapped.positions == {"message_id": 0, "revenue": 1, "attribution_type": 2}


def test_constants_fill_absent_fields() -> None:
    """`--set` gives a field that the file lacks, and contradicts one that it has, unless that is mapped away."""
    found = match(["message_id", "revenue"], constants={"Attribution Type": "sale"})
    assert found.constants == {"attribution_type": "sale"}
    assert "--set attribution_type: june.csv has this field" in refusal(
        SettingsError, BASE, constants={"attribution_type": "sale"}
    )
    found = match([*BASE, "offer_id"], mapping={"message_id": "offer_id"}, constants={"offer_id": "4521"})
    assert found.positions["message_id"] == 3
    assert "twice" in refusal(SettingsError, BASE, constants={"offer_id": "1", "Offer ID": "2"})


def test_a_missing_field_is_refused_with_the_map_that_helps() -> None:
    """A missing required field names the columns found, the nearest of them, and the `--map` to write."""
    text = refusal(InputError, ["aff_sub2", "Sale Amount", "Event Type", "Offer"])
    assert "june.csv has no column for message_id and revenue and attribution_type" in text
    assert "aff_sub2, Sale Amount, Event Type, Offer" in text
    assert "--map message_id=aff_sub2 --map revenue='Sale Amount' --map attribution_type='Event Type'" in text
    assert "--map message_id=mesage_id" in refusal(InputError, ["mesage_id", "revenue", "attribution_type"])
    assert "--map message_id=COLUMN" in refusal(InputError, ["x", "revenue", "attribution_type"])
    assert "--set attribution_type=sale" in refusal(InputError, BASE[:2])


@pytest.mark.parametrize(
    "name",
    [
        "aff_sub",
        "aff_sub5",
        "affiliate_unique1",
        "affiliate_unique5",
        "source",
        "sub_id",
        "clickid",
        "Click ID",
        "Aff-Sub3",
    ],
)
def test_names_of_networks_are_suggested_never_taken(name: str) -> None:
    """A column that networks use for message ids is suggested; only the user can know."""
    assert "--map message_id=" in refusal(InputError, [name, "revenue", "attribution_type"])
    assert name in match([*BASE, name]).unused


def test_two_columns_for_a_field_are_refused() -> None:
    """Two columns for one field are refused with both places, also when named alike for `--map`."""
    text = refusal(InputError, [*BASE, "Message ID"])
    assert "2 columns for message_id: message_id (column 1) and Message ID (column 4)" in text
    assert "Choose with --map message_id=message_id or --map message_id='Message ID'." in text
    sentence = refusal(InputError, [*BASE, "revenue"])
    assert "Choose with --map revenue='revenue (column 2)' or --map revenue='revenue (column 4)'." in sentence
    assert match([*BASE, "revenue"], mapping={"revenue": "Revenue (column 4)"}).positions["revenue"] == 3
    assert "2 columns named 'x'" in refusal(InputError, [*BASE, "x", "x"], mapping={"offer_id": "x"})
    assert match([*BASE, "Message ID"], mapping={"message_id": "Message ID"}).positions["message_id"] == 3


def test_options_that_name_nothing_are_refused_with_the_nearest() -> None:
    """A field or column that does not exist is refused, with the nearest one."""
    assert "did you mean message_id" in refusal(SettingsError, BASE, mapping={"mesage_id": "x"})
    assert "the fields are message_id" in refusal(SettingsError, BASE, constants={"zzz": "x"})
    assert "Did you mean invoice?" in refusal(InputError, [*BASE, "invoice"], keep=["invoic"])
    assert "Did you mean Aff Sub?" in refusal(InputError, [*BASE, "Aff Sub"], mapping={"message_id": "af_sub"})
    assert "cannot both be the column revenue" in refusal(
        SettingsError, BASE, mapping={"message_id": "revenue", "revenue": "revenue"}
    )
    twice = refusal(SettingsError, [*BASE, "Day", "Time"], mapping={"timestamp": "Day+Time+Day"})
    assert "timestamp has twice the column Day" in twice
    assert "no column 'Day+'" in refusal(InputError, [*BASE, "Day", "Time"], mapping={"timestamp": "Day+"})
    assert match([*BASE, "Day", "Time", "Day+Time"], mapping={"timestamp": "Day+Time"}).joined == {}
    assert "no column 'Day+Time'" in refusal(InputError, [*BASE, "Day", "Time"], mapping={"offer_id": "Day+Time"})


def test_kept_columns() -> None:
    """`--keep` names columns, used or not; `all` is every unused one in order; kept ones are not unused."""
    header = [*BASE, "invoice", "x", "x", ""]
    found = match(header, keep=["Invoice", "revenue"])
    assert found.keep == (("invoice", 3), ("revenue", 1))
    assert found.unused == ("x (column 5)", "x (column 6)", "column 7")
    found = match(header, keep=["all"])
    assert found.keep == (("invoice", 3), ("x (column 5)", 4), ("x (column 6)", 5), ("(column 7)", 6))
    assert found.unused == ()
    assert match(header, keep=["invoice", "all"]).keep == found.keep


def test_the_reasons_of_a_rejects_file_are_ignored() -> None:
    """`error_code` and `error_message` of a rejects file are neither fields, nor unused, nor kept by `all`."""
    found = match([*BASE, "error_code", "error_message"], keep=["all"])
    positions = {field: position for position, field in enumerate(BASE)}
    assert found == Columns(positions, {}, reasons=(3,), messages=(4,))
    assert match(["Error-Code", *BASE[1:]], mapping={"message_id": "error_code"}).reasons == ()


@pytest.mark.parametrize(
    ("names", "is_one"),
    [
        ([*BASE, "error_code", "error_message"], True),
        ([*BASE, " error_code ", "error_message", "equal_before"], True),
        ([*BASE, "error_message", "error_code"], False),
        ([*BASE, "error_code", "error_message", "x"], False),
        ([*BASE, "error_code", "equal_before"], False),
        (["error_code", "error_message", *BASE], False),
    ],
)
def test_a_rejects_file_is_known_by_its_last_columns(names: list[str], *, is_one: bool) -> None:
    """As they are written there, in their order."""
    assert is_rejects_header(names) is is_one


def test_wide_and_wild_headers_stay_readable() -> None:
    """Long lists are cut, and names are shown without what a terminal would obey."""
    text = refusal(InputError, [f"c{number}" for number in range(5000)])
    assert "and 4,980 more" in text
    assert len(text) < 700
    refusal(InputError, ["\x1b[31m" + "x" * 1000, "a\nb"])
    assert "Columns found: none" in refusal(InputError, [])


@pytest.mark.parametrize(
    ("name", "field"),
    [
        *(
            (name, "timestamp")
            for name in ("Time Stamp", "Date", "Created At", "Datetime", "Occurred at", "event-date")
        ),
        *((name, "timestamp") for name in ("Conversion Time (UTC)", "Timestmp", "order_date")),
        *((name, "offer_id") for name in ("Offer", "OfferID", "offer ids")),
    ],
)
def test_an_optional_field_under_another_name_is_asked_about(name: str, field: str) -> None:
    """Dropped without a word, a date would become the day of the import: the warning names the `--map`."""
    found = match([*BASE, name, "x"])
    shown = name if name.isidentifier() else f"'{name}'"
    if name.isidentifier() or " " in name:
        assert found.hints == (f"If '{name}' holds {field}, say --map {field}={shown}.",)
    assert found.hints
    assert match([*BASE, name], mapping={field: name}).hints == ()
    assert field not in " ".join(match([*BASE, name], constants={field: "2026-01-01"}).hints)


@pytest.mark.parametrize("name", ["Invoice", "order_id", "updates", "candidate", "Sentiment", "data", "created_by"])
def test_other_columns_are_not_taken_for_optional_fields(name: str) -> None:
    """A hint for every column would be read by nobody."""
    assert match([*BASE, name]).hints == ()
