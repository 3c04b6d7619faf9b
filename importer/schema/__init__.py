"""What columns mean: fields, their rules and codes, money, time, and when two rows are the same.

Start with `Normaliser`: batches of text go in, rows as they are to be sent come out. It knows nothing of files,
HTTP or results.

columns         which column of a file holds which field
normaliser      the rules of a run, applied to a batch
text_fields     message id, attribution type, offer id; money: the revenue; time: the timestamp
cells           what the rules of all fields share
decimal_mark    whether a revenue column has decimal points or commas
time_formats    how a timestamp may be written; zones: how far a zone's clocks are from UTC
row_identity    when two rows are the same
reject_reasons  the columns that a rejects file adds
sums            exact totals
"""

from importer.schema.cells import stripped
from importer.schema.columns import (
    EQUAL_BEFORE,
    REASONS,
    Columns,
    is_rejects_header,
    match_columns,
    plain_name,
    without_reasons,
)
from importer.schema.decimal_mark import DecimalEvidence
from importer.schema.money import AMOUNT, RevenueRule
from importer.schema.normaliser import Normaliser, Rules
from importer.schema.reject_reasons import BEYOND, equal_before, equal_before_cell, handed_on, with_reasons
from importer.schema.row_identity import became_float, identity, shard_of
from importer.schema.sums import exact_sum, exact_sums, with_cents
from importer.schema.text_fields import ATTRIBUTION_TYPES
from importer.schema.time import TimestampRule
from importer.schema.time_formats import time_format
from importer.schema.zones import local_clock

__all__ = [
    "AMOUNT",
    "ATTRIBUTION_TYPES",
    "BEYOND",
    "EQUAL_BEFORE",
    "REASONS",
    "Columns",
    "DecimalEvidence",
    "Normaliser",
    "RevenueRule",
    "Rules",
    "TimestampRule",
    "became_float",
    "equal_before",
    "equal_before_cell",
    "exact_sum",
    "exact_sums",
    "handed_on",
    "identity",
    "is_rejects_header",
    "local_clock",
    "match_columns",
    "plain_name",
    "shard_of",
    "stripped",
    "time_format",
    "with_cents",
    "with_reasons",
    "without_reasons",
]
