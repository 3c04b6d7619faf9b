"""The rules of a run, and the normaliser that applies them to a batch: five fields in, what is sent or why not out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from importer.errors import SettingsError
from importer.model import FIELDS
from importer.schema.batch_cells import cells_of, typed_cells
from importer.schema.cells import first_of, place, shown, stripped
from importer.schema.limits import NO_LIMITS, Limits
from importer.schema.money import AMOUNT, RevenueRule
from importer.schema.rejects_columns import RAGGED, SENTENCES, UNMENDED, numeric_faults
from importer.schema.row_identity import floats_among, identity, may_be_floats
from importer.schema.text_fields import AttributionTypeRule, MessageIdRule, OfferIdRule
from importer.schema.time import TimestampRule, local_clock, timestamp_formats
from importer.schema.values import renamed, value_names
from importer.schema.wrapping import unwrapped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from importer.schema.cells import Rule
    from importer.schema.columns import Columns


_LOOK, _FEW = 2_000, 500  # offers, of which so many are different at most where they are few


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How cells are to be read. `now` is the present, aware; `decimal` None is `point` if `DecimalEvidence` agrees.

    A cell that holds one of the words of `null` is empty. `timestamp_format` has one format or several, none for ISO
    8601; `value` what values are called here, as `FIELD:FROM=TO`. `as_sent`: what can be read is valid, as a run may
    have sent it before a rule refused it.

    Raises:
        SettingsError: there is no such zone, no timestamp can be read with a format, or `value` cannot be read.

    """

    timezone: str = "UTC"
    ambiguous: Literal["earliest", "latest", "reject"] = "reject"
    timestamp_format: str | Sequence[str] | None = None
    decimal: Literal["point", "comma"] | None = None
    any_message_id: bool = False
    null: frozenset[str] = frozenset()
    value: Sequence[str] = ()
    as_sent: bool = False
    limits: Limits = NO_LIMITS
    now: datetime

    def __post_init__(self) -> None:
        local_clock(self.timezone)
        timestamp_formats(self.timestamp_format)
        value_names(self.value)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A field of a batch: `values` to be sent (null where there is none), and the faults (`at`, `code`, `message`).

    `unwrapped` counts the cells whose text is a part of what they hold; `refunds` are negative amounts, as texts
    without their minus.
    """

    values: pl.Series
    faults: pl.DataFrame | None = None
    month_moved: pl.Series | None = None
    unwrapped: int = 0
    refunds: pl.Series | None = None


class Normaliser:
    """Applies the rules to one batch after the other.

    `unwrapped` counts the cells of all batches since `begin` whose text is a part of what they hold (`="00123"`), and
    `floats` the offers that became numbers with decimals.
    """

    def __init__(self, rules: Rules) -> None:
        clock, formats = local_clock(rules.timezone), timestamp_formats(rules.timestamp_format)
        own: tuple[Rule, ...] = (
            MessageIdRule(any_id=rules.any_message_id),
            RevenueRule(rules.decimal or "point"),
            AttributionTypeRule(),
            OfferIdRule(),
            TimestampRule(clock=clock, ambiguous=rules.ambiguous, formats=formats, now=rules.now),
        )
        self._rules = [rules.limits.on(rule, clock, rules.now) for rule in own]
        self._as_sent = rules.as_sent
        self.begin()
        self._null = [*rules.null]
        self._names = value_names(rules.value)
        self._check_names()
        self._known_constants: set[tuple[str, str]] = set()

    def begin(self) -> None:
        """Count anew."""
        self.unwrapped = self.floats = 0

    def __call__(self, batch: pl.DataFrame, columns: Columns) -> pl.DataFrame:
        """Return one line for each line of the batch, in its order.

        Columns: `row`, `line`; the five fields, as they are to be sent, or as read where the row is invalid; `amount`
        (null where the revenue cannot be read), `kind` (the attribution type; null where it is none), both filled in
        invalid rows too; `error_code` and `error_message` (null in valid rows); `key_a`, `key_b` (`identity`, null in
        invalid rows); `month_moved` (the change to UTC moved the row into another calendar month); `instant`
        (the timestamp as it is sent, in invalid rows too, where it can be read); `refund` (a negative amount, which is
        in no `amount`).

        Raises:
            SettingsError: a constant of `--set` breaks the rule of its field.

        """
        self._check_constants(columns)
        raw = pl.DataFrame([cells_of(field, batch, columns, self._null) for field in FIELDS])
        named = raw.with_columns(renamed(raw[field], names) for field, names in self._names.items())
        ragged = batch["ragged"] if batch["ragged"].any() else None
        offers = _few(named["offer_id"])
        at_a_glance = named.select(_look(rule, offers) for rule in self._rules)
        judged = {}
        for rule in self._rules:
            typed = typed_cells(rule.field, rule.typed, batch, columns)
            canonical = at_a_glance[rule.field]
            judged[rule.field] = _judge(rule, named[rule.field], canonical, typed, ragged, as_sent=self._as_sent)
        self.unwrapped += sum(field.unwrapped for field in judged.values())
        floats = may_be_floats(named["offer_id"] if offers is None else offers)
        rows = _composed(batch, raw, judged, ragged, floats=floats)
        # Of an invalid row the offer stands as it was read.
        if floats or rows["error_code"].null_count() < rows.height:
            self.floats += floats_among(rows["offer_id"])
        return rows

    def _check_constants(self, columns: Columns) -> None:
        for rule in self._rules:
            value = columns.constants.get(rule.field)
            if value is None or (rule.field, value) in self._known_constants:
                continue
            self._check_value("--set", rule, self._names.get(rule.field, {}).get(value.strip().lower(), value))
            self._known_constants.add((rule.field, value))

    def _check_names(self) -> None:
        for rule in self._rules:
            for name in self._names.get(rule.field, {}).values():
                self._check_value("--value", rule, name)

    def _check_value(self, option: str, rule: Rule, value: str) -> None:
        """Refuse what stands in the command and breaks the rule of its field."""
        cell = pl.Series([value], dtype=pl.String)
        faults = _judge(rule, cell, pl.Series([False]), None, None, as_sent=self._as_sent).faults
        if faults is not None:
            raise SettingsError(f"{option} {rule.field}: {faults['message'].item()}")


def _few(offers: pl.Series) -> pl.Series | None:
    """The different offers, each of which has to be looked at only once; None where the first ones are many."""
    are_few = offers.head(_LOOK).n_unique() <= _FEW < offers.len()
    return offers.unique() if are_few else None


def _look(rule: Rule, offers: pl.Series | None) -> pl.Expr:
    """Whether each cell is sent as it stands, at a glance; `offers` are the different ones, where they are few."""
    cell = pl.col(rule.field)
    if offers is not None and rule.field == offers.name and offers.to_frame().select(rule.canonical(cell).all()).item():
        return pl.lit(value=True).alias(rule.field)
    return rule.canonical(cell).alias(rule.field)


def _judge(
    rule: Rule,
    raw: pl.Series,
    canonical: pl.Series,
    numbers: pl.Series | None,
    ragged: pl.Series | None,
    *,
    as_sent: bool,
) -> _Judged:
    """Look closely at the cells that cannot be sent as they stand. Cells of ragged rows are never looked at."""
    pending = ~canonical
    if numbers is not None and not rule.trusts_numbers:
        pending = pending | numbers
    if ragged is not None:
        pending = pending & ~ragged
    at = pending.arg_true()
    if at.is_empty():
        return _Judged(place(raw, at, raw, blank=ragged))
    number = pl.lit(value=False) if numbers is None else numbers.gather(at).fill_null(value=False)
    cells = pl.DataFrame({"at": at, "cell": raw.gather(at)}).with_columns(stripped(pl.col("cell")), number=number)
    wrapped = cells["cell"]
    bare = unwrapped(wrapped, may_have_apostrophes=rule.may_have_apostrophes)
    count = 0 if bare is wrapped else int(bare.ne_missing(wrapped).sum())
    cells = cells.with_columns(bare)
    judged = rule.judge(cells)
    if as_sent:
        judged = judged.with_columns(code=pl.when(pl.col("text").is_null()).then("code"))
    moved = judged.get_column("month_moved", default=None)
    if moved is not None:
        moved = pl.Series([False]).new_from_index(0, raw.len()).scatter(at, moved.fill_null(value=False))
    refunds = judged.get_column("refund", default=None)
    if refunds is not None:
        refunds = _some(refunds, at, raw.len())
    return _Judged(place(raw, at, judged["text"], blank=ragged), _faults(rule, judged), moved, count, refunds)


def _some(found: pl.Series, at: pl.Series, height: int) -> pl.Series | None:
    """Put what was found at some places into a column; None where nothing was."""
    if found.null_count() == found.len():
        return None
    return pl.Series([None], dtype=found.dtype).new_from_index(0, height).scatter(at, found)


def _faults(rule: Rule, judged: pl.DataFrame) -> pl.DataFrame | None:
    if judged["code"].is_null().all():
        return None
    bad = judged.filter(pl.col("code").is_not_null()).with_columns(shown=shown(pl.col("cell")))
    return bad.select("at", "code", first_of(rule.reasons()).alias("message"))


def _ragged_faults(batch: pl.DataFrame) -> pl.DataFrame:
    surplus = pl.col("surplus").is_not_null() if "surplus" in batch.columns else pl.lit(value=False)
    more = pl.lit("The row has more cells than the header: a cell with a separator in it may lack its quotes.")
    fewer = pl.lit("The row has fewer cells than the header: a separator is missing, or the row was cut off.")
    if "stray" in batch.columns:
        more = pl.format(
            "The sheet's cell {} is not empty, and its column has no header: empty it, or name it.", "stray"
        )
    reason = pl.when(surplus).then(more).otherwise(fewer)
    if UNMENDED in batch.columns:
        reason = pl.when(pl.col(UNMENDED) == RAGGED).then(pl.lit(SENTENCES[RAGGED])).otherwise(reason)
    ragged = batch.with_row_index("at").filter("ragged")
    return ragged.select("at", pl.lit(RAGGED).alias("code"), reason.alias("message"))


def _composed(
    batch: pl.DataFrame, raw: pl.DataFrame, judged: dict[str, _Judged], ragged: pl.Series | None, *, floats: bool
) -> pl.DataFrame:
    values = pl.DataFrame([judged[field].values for field in FIELDS])
    found = [field.faults for field in judged.values() if field.faults is not None]
    if UNMENDED in batch.columns:
        found.insert(0, numeric_faults(batch))
    if ragged is not None:
        found.append(_ragged_faults(batch))
    if found:
        values = values.with_columns(raw.rename(lambda name: f"{name} as read"))
    values = values.with_columns(_errors(found, batch.height))
    valid = pl.col("error_code").is_null()
    sent = [
        pl.when(valid).then(field).otherwise(f"{field} as read").alias(field) if found else pl.col(field)
        for field in FIELDS
    ]
    keys = [pl.when(valid).then(key) if found else key for key in identity(values["offer_id"], floats=floats)]
    moved, refunds = judged["timestamp"].month_moved, judged["revenue"].refunds
    if refunds is not None:
        values = values.with_columns(refund=refunds)
    # Lazy, because the keys and the amount share their expensive parts.
    normalised = values.lazy().select(
        *sent,
        pl.col("revenue").cast(AMOUNT, strict=False).alias("amount"),
        pl.col("attribution_type").alias("kind"),
        "error_code",
        "error_message",
        keys[0].alias("key_a"),
        keys[1].alias("key_b"),
        (pl.lit(value=False) if moved is None else pl.lit(moved)).alias("month_moved"),
        pl.col("timestamp").alias("instant"),
        (pl.lit(None) if refunds is None else "-" + pl.col("refund")).cast(AMOUNT).alias("refund"),
    )
    return batch.select("row", "line").hstack(normalised.collect(engine="in-memory"))


def _errors(found: Sequence[pl.DataFrame], height: int) -> list[pl.Series]:
    """Return `error_code` (of the first broken rule) and `error_message` (all of them) for each row."""
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, height)
    if not found:
        return [nothing.alias("error_code"), nothing.alias("error_message")]
    sentence = pl.col("code") + ": " + pl.col("message").str.strip_suffix(".")
    message = (sentence.str.join("; ") + ".").alias("message")
    # Within a row they stay in the order of the fields.
    rows = pl.concat(found).group_by("at").agg(pl.col("code").first(), message)
    return [
        nothing.clone().scatter(rows["at"], rows["code"]).alias("error_code"),
        nothing.clone().scatter(rows["at"], rows["message"]).alias("error_message"),
    ]
