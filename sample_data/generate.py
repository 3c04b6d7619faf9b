# ruff: noqa: INP001
"""Writes the sample data of this folder: the June 2026 of an invented shop that sells by text message.

    python sample_data/generate.py [FOLDER]

The same files come out on every run (everything random hangs on one seed). Nothing in them is real: no company,
person, message or amount. Needs polars, and XlsxWriter for the workbook. `june_2026.csv`, `.parquet` and `.xlsx` hold
the same events in three forms; the messy and the German file have events of their own.
"""

from __future__ import annotations

import csv
import io
import random
import string
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import xlsxwriter

SEED = 202606
NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
LONDON = ZoneInfo("Europe/London")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
HEADER = ("Message ID", "Revenue", "Attribution Type", "Offer ID", "Timestamp", "Invoice")
GERMAN_HEADER = ("SendeID", "Betrag", "Art", "Angebot", "Zeitpunkt", "Bemerkung")
NETWORK_HEADERS = {
    "awin": ("id", "publisher_id", "sale_amount", "commission", "date", "commission_status", "validation_date", "type",
             "site_name", "click_ref"),
    "rakuten": ("Member ID (U1)", "MID", "Advertiser Name", "Order ID", "Transaction Date", "Transaction Time", "SKU",
                "Sales", "# of Items", "Total Commission", "Process Date", "Process Time"),
    "everflow": ("conversion_id", "transaction_id", "date", "click_date", "offer_name", "status", "revenue", "payout",
                 "sub1", "sub2"),
    "cj": ("Event Date", "Click Date", "SID", "Status", "Sale Amount (USD)", "Publisher Commission (USD)", "Order ID",
           "Commission ID"),
}  # fmt: skip

# Ids that spreadsheets and careless readers turn into numbers, dates or booleans.
AWKWARD_IDS = (
    "1e234567", "TRUE1234", "00123456", "00000042", "20260608", "5E123456",
    "0x12ab34", "NaN00001", "12345678", "00000000", "false007", "1E000009",
)  # fmt: skip
PRICES = (
    "9.99", "14.95", "19.99", "24.90", "24.90", "29.00", "34.50", "39.99", "39.99", "49.00",
    "59.95", "79.00", "99.00", "129.00", "149.50", "199.00", "249.00", "349.00", "499.00",
)  # fmt: skip
OFFERS = ("4521", "4521", "4522", "4610", "4611", "5103", "007", "66a4f0c2b1d94e7f8a310c01", "66b81d9e5c2f437a90be4d06")
# How much is sold in each hour of a New York day, and on each day of the week from Monday.
HOURS = (1, 0, 0, 0, 0, 1, 2, 4, 7, 10, 12, 13, 14, 11, 9, 8, 9, 11, 13, 15, 14, 9, 5, 2)
WEEKDAYS = (9, 10, 10, 11, 12, 6, 5)
# Two campaigns: the days after them sell three times as much.
CAMPAIGN_DAYS = frozenset({9, 10, 23, 24})


@dataclass(frozen=True, slots=True)
class Event:
    """One revenue event; `at` is an instant, `invoice` what the finance team knows it by."""

    message_id: str
    revenue: Decimal
    attribution_type: str
    offer_id: str
    at: datetime
    invoice: str


class Shop:
    """Draws the events of June 2026, no two of them equal, from one source of chance."""

    def __init__(self, seed: int, invoice_prefix: str) -> None:
        self._chance = random.Random(seed)  # noqa: S311  (nothing here is secret)
        self._prefix = invoice_prefix
        self._awkward = list(AWKWARD_IDS)
        self._ids: set[str] = set()

    def month(self, sales: int, clicks: int, sends: int) -> list[Event]:
        """Draw events in the order of time; about a third of the clicks belong to a message that also sold."""
        events = [self._sale() for _ in range(sales)]
        sold = [event.message_id for event in events]
        for number in range(clicks):
            message_id = self._chance.choice(sold) if number % 3 == 0 else self.new_id()
            events.append(self._small("click", message_id, Decimal(self._chance.randint(15, 120)).scaleb(-2)))
        events += [
            self._small("send", self.new_id(), Decimal(self._chance.randint(2, 10)).scaleb(-3)) for _ in range(sends)
        ]
        events.sort(key=lambda event: (event.at, event.message_id, event.attribution_type))
        return self._with_invoices(events)

    def new_id(self) -> str:
        """Draw an id of eight characters that is new, and a known message in the sandbox."""
        while True:
            # The awkward ones are spread over the first draws, so that each file has them all.
            awkward = self._awkward and self._chance.random() < 0.2
            if awkward:
                drawn = self._awkward.pop()
            else:
                drawn = "".join(self._chance.choices(string.ascii_letters + string.digits, k=8))
            if drawn not in self._ids and not drawn.startswith("zz"):
                self._ids.add(drawn)
                return drawn

    def _sale(self) -> Event:
        price = Decimal(self._chance.choice(PRICES))
        discount = self._chance.choice((0, 0, 0, 0, 10, 20))
        paid = (price * (100 - discount) / 100).quantize(Decimal("0.01"))
        amount = max(paid, Decimal("9.99"))
        return Event(self.new_id(), amount, "sale", self._chance.choice(OFFERS), self._moment(), "")

    def _small(self, attribution_type: str, message_id: str, amount: Decimal) -> Event:
        offer_id = self._chance.choice((*OFFERS, ""))
        return Event(message_id, amount, attribution_type, offer_id, self._moment(), "")

    def _moment(self) -> datetime:
        days = [datetime(2026, 6, day, tzinfo=NEW_YORK) for day in range(1, 31)]
        weights = [WEEKDAYS[day.weekday()] * (3 if day.day in CAMPAIGN_DAYS else 1) for day in days]
        day = self._chance.choices(days, weights)[0]
        hour = self._chance.choices(range(24), HOURS)[0]
        at = day.replace(hour=hour, minute=self._chance.randrange(60), second=self._chance.randrange(60))
        # The edges stay in June in every time zone from New York to Berlin.
        last = datetime(2026, 6, 30, 17, tzinfo=NEW_YORK)
        return min(at, last - timedelta(seconds=self._chance.randrange(3600)))

    def _with_invoices(self, events: list[Event]) -> list[Event]:
        numbered, number = [], 0
        for event in events:
            if event.attribution_type == "sale":
                number += 1
                numbered.append(replace(event, invoice=f"{self._prefix}-{number:04}"))
            else:
                numbered.append(event)
        return numbered


def cells(event: Event, form: int = 0) -> list[str]:
    """Write an event as the cells of `HEADER`. `form`: 0 UTC with `Z`, 1 New York's offset, 2 Berlin's."""
    zone = (UTC, NEW_YORK, BERLIN)[form]
    moment = event.at.astimezone(zone).isoformat().replace("+00:00", "Z")
    amount = str(event.revenue)
    return [event.message_id, amount, event.attribution_type, event.offer_id, moment, event.invoice]


def csv_text(rows: list[list[str]], end: str = "\n", delimiter: str = ",") -> str:
    """Join the rows as RFC 4180 does, quoting only what needs it."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(rows)
    return text.getvalue()


def write_clean_csv(path: Path, events: list[Event]) -> None:
    """Write the CSV in which every row is in order; most moments in UTC, some with an offset."""
    forms = random.Random(SEED).choices((0, 1, 2), (7, 4, 1), k=len(events))  # noqa: S311
    rows = [cells(event, form) for event, form in zip(events, forms, strict=True)]
    path.write_bytes(csv_text([list(HEADER), *rows]).encode())


def frame(events: list[Event]) -> pl.DataFrame:
    """Make a table with typed columns: exact amounts, zoned moments, ids as text."""
    return pl.DataFrame(
        {
            "Message ID": [event.message_id for event in events],
            "Revenue": pl.Series([event.revenue for event in events], dtype=pl.Decimal(12, 3)),
            "Attribution Type": [event.attribution_type for event in events],
            "Offer ID": [event.offer_id or None for event in events],
            "Timestamp": pl.Series(
                [event.at.astimezone(UTC) for event in events], dtype=pl.Datetime("us", "UTC")
            ).dt.convert_time_zone("America/New_York"),
            "Invoice": [event.invoice or None for event in events],
        }
    )


def write_excel(path: Path, events: list[Event]) -> None:
    """Write a workbook with text ids, numbers, and real Excel moments, which know no zone: New York's wall clock."""
    table = frame(events).with_columns(
        pl.col("Timestamp").dt.replace_time_zone(None), pl.col("Revenue").cast(pl.Float64)
    )
    with xlsxwriter.Workbook(path) as book:
        # The moment of creation would make every run write another file.
        book.set_properties({"created": datetime(2026, 7, 1)})  # noqa: DTZ001
        table.write_excel(
            book,
            worksheet="June 2026",
            column_formats={"Revenue": "0.00##", "Timestamp": "yyyy-mm-dd hh:mm:ss"},
            autofit=True,
        )


def broken_rows(good: list[str]) -> list[list[str]]:
    """Break a row in every way that a CSV can show; `good` is a row in order. Each has an id of its own."""
    _, amount, kind, offer, moment, _ = good
    return [
        ["", amount, kind, offer, moment, "no message id"],
        ["miss0001", "", kind, offer, moment, "no amount"],
        ["miss0002", amount, "", offer, moment, "no attribution type"],
        ["short", amount, kind, offer, moment, "id of five characters"],
        ["hist_0001", amount, kind, offer, moment, "id of an imported message"],
        ["M8T5 21x", amount, kind, offer, moment, "a space inside the id"],
        ["refund01", "-24.90", kind, offer, moment, "a refund: cannot be sent"],
        ["refund02", "(12.00)", kind, offer, moment, "a refund in brackets"],
        ["notanum1", "N/A", kind, offer, moment, "no number"],
        ["notanum2", "nan", kind, offer, moment, "no number either"],
        ["notanum3", "12 34", kind, offer, moment, "a space in the number"],
        ["kind0001", amount, "purchase", offer, moment, "not sale, click or send"],
        ["offer001", amount, kind, "4521\x07", moment, "a control character in the offer"],
        ["offer002", amount, kind, "x" * 129, moment, "an offer of 129 characters"],
        ["date0001", amount, kind, offer, "06/02/2026", "could be 6 February or 2 June"],
        ["date0002", amount, kind, offer, "2026-06-31T10:00:00Z", "June has 30 days"],
        ["date0003", amount, kind, offer, "2026-06-15T24:00:00Z", "there is no 24:00"],
        ["clock001", amount, kind, offer, "2026-03-08T02:30:00", "skipped by New York's clocks"],
        ["clock002", amount, kind, offer, "2026-11-01T01:30:00", "twice on New York's clocks"],
        ["future01", amount, kind, offer, "2099-06-15T10:00:00Z", "in the future"],
        ["", "free", "gift", offer, "soon", "four rules broken at once"],
        ["ragged01", amount, kind],
        ["ragged02", amount, kind, offer, moment, "one cell too many", "here"],
    ]


def odd_rows(good: list[str]) -> list[list[str]]:
    """Write rows that look wrong and are right, or that only the API can refuse."""
    _, amount, kind, offer, moment, _ = good
    return [
        ["odd00001", "$49.00", kind, offer, moment, "a currency sign"],
        ["odd00002", "1,250.00", kind, offer, moment, "a thousands separator"],
        ["odd00003", "1e2", kind, offer, moment, "an exponent"],
        ["odd00004", "+15", kind, offer, moment, "a plus sign"],
        ["odd00005", "0", "CLICK", "", moment, "nothing earned, in capitals"],
        ["  odd00006 ", f" {amount} ", f" {kind} ", offer, moment, "white space around"],
        ["odd00007", amount, kind, offer, "2026-06-10", "a bare date: midnight"],
        ["odd00008", amount, kind, offer, "", "no timestamp: the API dates it now"],
        ["odd00009", amount, kind, offer, moment, "Zoë's order,\r\nsecond line of a note"],
        ["odd00010", amount, kind, offer, moment, 'the "summer" box\nand a bare line feed'],
        ["zzlost01", amount, kind, offer, moment, "the API knows no such message"],
        ["zzlost02", amount, kind, offer, moment, "nor this one"],
        ["zzlost03", "0.45", "click", "", moment, "nor this one"],
    ]


def undated_rows(good: list[str]) -> list[list[str]]:
    """Write what programs make of a missing date, and of a missing offer: it stands for nothing, and is no value."""
    _, amount, kind, offer, moment, _ = good
    return [
        ["undated1", amount, kind, offer, "1970-01-01T00:00:00Z", "no date, as programs write it"],
        ["nothing1", amount, kind, "NULL", moment, "no offer, as databases write it"],
    ]


def write_messy_csv(path: Path, events: list[Event]) -> None:
    """Write the CSV with everything that goes wrong: BOM, CRLF, a blank line, a repeated row, broken and odd rows."""
    rows = [cells(event, number % 3) for number, event in enumerate(events)]
    good = cells(replace(events[0], invoice=""), 0)
    mixed = random.Random(SEED + 1)  # noqa: S311
    for row in [*broken_rows(good), *odd_rows(good), *undated_rows(good)]:
        rows.insert(mixed.randrange(5, len(rows)), row)
    repeated = next(row for row in rows if row[-1].startswith("INV"))
    rows.insert(rows.index(repeated) + 12, repeated)
    text = csv_text([list(HEADER), *rows], end="\r\n")
    lines = text.split("\r\n")
    # After a row that is a line by itself, so that the blank line is not inside quotes.
    place = next(number for number, line in enumerate(lines) if number > 40 and line.startswith("odd00001"))
    lines.insert(place, "")
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())


def write_german_csv(path: Path, events: list[Event]) -> None:
    """Write the export of a German colleague: semicolons, decimal commas, Windows-1252, Berlin's wall clock."""
    notes = ("", "", "Müller & Söhne", "Gutschein 5 €", "Rückläufer geprüft", "Größe XL", "Straßenfest")
    rows = [list(GERMAN_HEADER)]
    for number, event in enumerate(events):
        amount = f"{event.revenue * 7 if number % 9 == 0 else event.revenue:,}"
        rows.append(
            [
                event.message_id,
                amount.translate(str.maketrans(",.", ".,")),
                event.attribution_type.capitalize(),
                event.offer_id,
                event.at.astimezone(BERLIN).strftime("%d.%m.%Y %H:%M"),
                notes[number % len(notes)],
            ]
        )
    path.write_bytes(csv_text(rows, end="\r\n", delimiter=";").encode("cp1252"))


def write_networks(folder: Path) -> None:
    """Write the sales of four affiliate networks as each exports them, with its statuses and corrections."""
    for seed, rows_of in enumerate((awin, rakuten, everflow, cj), SEED + 3):
        name = rows_of.__name__
        sales = Shop(seed, "").month(sales=39, clicks=0, sends=0)
        rows = [row for number, event in enumerate(sales, 1) for row in rows_of(number, event)]
        (folder / f"june_2026_{name}.csv").write_bytes(csv_text([list(NETWORK_HEADERS[name]), *rows]).encode())


def awin(number: int, event: Event) -> list[list[str]]:
    """A transaction of Awin, in London's time; some are pending or declined."""
    at = event.at.astimezone(LONDON)
    status = {7: "pending", 11: "declined"}.get(number % 13, "approved")
    validated = "" if status == "pending" else f"{at + timedelta(days=20):%Y-%m-%d %H:%M:%S}"
    row = ["45628", f"{event.revenue:.2f}", f"{commission(event):.2f}", f"{at:%Y-%m-%d %H:%M:%S}", status, validated]
    return [[f"13{number:07}", *row, "Commission group transaction", "Summer by text", event.message_id]]


def rakuten(number: int, event: Event) -> list[list[str]]:
    """An item of an order at Rakuten, its time in two columns; some are taken back later by a negative line."""
    at = event.at.astimezone(NEW_YORK)
    first = [event.message_id, "24601", "Example Outdoor", f"R{number:06}", f"{at:%m/%d/%y}", f"{at:%H:%M:%S}"]
    processed = [f"{at + timedelta(days=1):%m/%d/%y}", "04:15:00"]
    sku = f"SKU-{number % 17:03}"
    lines = [[*first, sku, f"{event.revenue:,.2f}", "1", f"{commission(event):,.2f}", *processed]]
    if number % 13 == 5:
        lines.append([*first, sku, f"-{event.revenue:,.2f}", "-1", f"-{commission(event):,.2f}", *processed])
    return lines


def everflow(number: int, event: Event) -> list[list[str]]:
    """A conversion of Everflow, in New York's time, with what the advertiser pays and what the affiliate gets."""
    at = event.at.astimezone(NEW_YORK)
    clicked = f"{at - timedelta(minutes=number):%Y-%m-%d %H:%M:%S}"
    status = {3: "pending", 8: "rejected"}.get(number % 13, "approved")
    ids = [f"c{number:07x}", f"t{number * 7919:010x}", f"{at:%Y-%m-%d %H:%M:%S}", clicked]
    return [
        [*ids, "Summer by text", status, f"{event.revenue:.2f}", f"{commission(event):.2f}", event.message_id, "sms"]
    ]


def cj(number: int, event: Event) -> list[list[str]]:
    """A commission of CJ, in Los Angeles' time; some are corrected later by a negative line."""
    at = event.at.astimezone(LOS_ANGELES)
    moments = [f"{at:%d-%b-%Y %H:%M:%S}", f"{at - timedelta(minutes=number):%d-%b-%Y %H:%M:%S}"]
    status = ("new", "extended", "locked", "closed")[number % 4]
    sale = [
        event.message_id,
        status,
        f"{event.revenue:.2f}",
        f"{commission(event):.2f}",
        f"O{number:06}",
        f"{20000 + number}",
    ]
    lines = [[*moments, *sale]]
    if number % 13 == 5:
        taken_back = [event.message_id, status, f"-{event.revenue:.2f}", f"-{commission(event):.2f}"]
        lines.append([*moments, *taken_back, f"O{number:06}", f"{90000 + number}"])
    return lines


def commission(event: Event) -> Decimal:
    """A tenth of the sale, in whole cents."""
    return (event.revenue / 10).quantize(Decimal("0.01"))


PROFILE = """\
# How june_2026_de.csv is to be read:
#   revenue-importer import sample_data/june_2026_de.csv --profile sample_data/german_export.toml --sandbox
# Each key is an option of `import`, by its name; the command line wins over this file.

timezone = "Europe/Berlin"
timestamp-format = "%d.%m.%Y %H:%M"
decimal = "comma"
keep = ["Bemerkung"]

[map]
message_id = "SendeID"
revenue = "Betrag"
attribution_type = "Art"
offer_id = "Angebot"
timestamp = "Zeitpunkt"
"""


def main(folder: Path) -> None:
    """Write all files into the folder."""
    june = Shop(SEED, "INV-2026").month(sales=212, clicks=58, sends=30)
    write_clean_csv(folder / "june_2026.csv", june)
    frame(june).write_parquet(folder / "june_2026.parquet")
    write_excel(folder / "june_2026.xlsx", june)
    write_messy_csv(folder / "june_2026_messy.csv", Shop(SEED + 1, "INV-M").month(sales=60, clicks=16, sends=8))
    write_german_csv(folder / "june_2026_de.csv", Shop(SEED + 2, "RE").month(sales=64, clicks=14, sends=0))
    (folder / "german_export.toml").write_bytes(PROFILE.encode())
    write_networks(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
