"""Advice that was followed and led nowhere, or to a wrong amount or month: each is said so that it works now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.checked import heard

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HEADER = "message_id,revenue,attribution_type,timestamp"


def written(tmp_path: Path, *lines: str, more: str = "") -> Path:
    path = tmp_path / "june.csv"
    path.write_text("\n".join([HEADER + more, *lines]) + "\n", encoding="utf-8")
    return path


def of_times(tmp_path: Path, times: Sequence[str]) -> Path:
    return written(tmp_path, *(f"tfb0ra{n:02},{n}.10,sale,{time}" for n, time in enumerate(times, 1)))


@pytest.mark.parametrize(
    ("times", "months"),
    [
        (("05-lip-2025", "06-sie-2025", "07-lis-2025"), ("07", "08", "11")),
        (("05 listopada 2025", "06 lipca 2025"), ("11", "07")),
        (("05-lip-2025", "06-paz-2025"), ("07", "10")),
    ],
)
def test_other_months_tell_the_language(tmp_path: Path, times: Sequence[str], months: Sequence[str]) -> None:
    """The advice for such a column reads it, and so does each form of a month."""
    path = of_times(tmp_path, times)
    options = heard(path).options("--timestamp-format")
    found = heard(path, timestamp_format=tuple(dict.fromkeys(options)))
    assert [str(time)[5:7] for time in found.column("timestamp")] == [*months]


@pytest.mark.parametrize("month", ["lip", "lis", "listopada", "Lip."])
@pytest.mark.parametrize("formats", [(), ("%d-%b-%Y",)])
def test_a_month_that_is_two_is_not_guessed(tmp_path: Path, month: str, formats: tuple[str, ...]) -> None:
    """Nothing beside it tells the language; the sentence says both, and names no format that would read it."""
    found = heard(of_times(tmp_path, (f"05-{month}-2025", "06-jan-2025")), timestamp_format=formats)
    assert found.codes["invalid_timestamp"] == 2 - len(formats)
    assert ("July" if "lip" in month.lower() and month != "listopada" else "November") in found.said
    assert "in Polish, and" in found.said


@pytest.mark.parametrize("time", ["2026-06-01T22:00:00 PM", "06/30/2026 13:05 PM", "2026-06-01 00:30 AM"])
def test_an_hour_beyond_twelve_beside_pm(tmp_path: Path, time: str) -> None:
    """No format reads it, and none is named."""
    found = heard(of_times(tmp_path, (time,)))
    assert "has an hour that AM or PM cannot go with" in found.said
    assert not found.options("--timestamp-format")


def test_an_hour_up_to_twelve_beside_pm(tmp_path: Path) -> None:
    """The format that is named reads it."""
    path = of_times(tmp_path, ("06/30/2026 10:05 PM", "06/30/2026 1:05 AM", "06/30/2026 12:00 AM"))
    found = heard(path, timestamp_format=(heard(path).options("--timestamp-format")[0],))
    assert found.column("timestamp")[:2] == ["2026-06-30T22:05:00Z", "2026-06-30T01:05:00Z"]


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (('"approved\nby x"', '"approved\r\n by x"'), "approved by x"),
        (("\u200bapproved", "approved\ufeff"), "approved"),
        (("app\u200broved", "approved"), "approved"),
    ],
)
def test_a_status_that_nobody_can_type(tmp_path: Path, cells: Sequence[str], wanted: str) -> None:
    """Line breaks are spaces, and characters without a width nothing: the condition that is named leaves its rows."""
    rows = [f"tfb0ra{n:02},{n}.10,sale,2026-06-01,{cell}" for n, cell in enumerate((*cells, "rejected"))]
    path = written(tmp_path, *rows, more=",status")
    where = heard(path).options("--where")
    assert where == [f"status={wanted}"]
    assert heard(path, where=where).posted == 2


@pytest.mark.parametrize("word", ["Average", "Count", "AVG", "Median", "Durchschnitt", "Anzahl", "Moyenne"])
@pytest.mark.parametrize("any_message_id", [False, True])
def test_a_line_of_averages_is_no_row(tmp_path: Path, word: str, *, any_message_id: bool) -> None:
    """Also where ids of any length are; it is left out by the option that is named."""
    path = written(tmp_path, "tfb0ra01,1.10,sale,2026-06-01", "tfb0ra02,2.10,sale,2026-06-01", f"{word},1.60,sale,")
    found = heard(path, any_message_id=any_message_id)
    assert found.codes == {"invalid_message_id": 1}
    followed = heard(path, any_message_id=any_message_id, where=found.options("--where"))
    assert (followed.codes, followed.posted) == ({}, 2)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_lines_in_quotes_as_a_whole(tmp_path: Path, mark: str) -> None:
    """No delimiter reads them: what does is named, and works."""
    lines = [HEADER, *(f"tfb0ra{n:02},{n}.10,sale,2026-06-01" for n in range(1, 4))]
    plain = "\n".join(line.replace(",", mark) for line in lines)
    path = tmp_path / "june.csv"
    path.write_text("\n".join(f'"{line}"' for line in plain.split("\n")), encoding="utf-8")
    said = heard(path).said
    assert "stands in quotes as a whole" in said
    assert "--delimiter" not in said
    path.write_text(plain, encoding="utf-8")
    assert heard(path).posted == 3


def test_money_between_accounts_is_no_sale(tmp_path: Path) -> None:
    """A conversion of currencies is none of a customer."""
    kinds = ("Website Payment", "General Currency Conversion", "Website Payment", "Withdrawal")
    rows = [f"tfb0ra{n:02},{n}.10,sale,2026-06-01,{kind}" for n, kind in enumerate(kinds)]
    assert heard(written(tmp_path, *rows, more=",Type")).options("--where") == ["Type=Website Payment"]
