"""What columns mean: fields, their rules and codes, money, time, and when two rows are the same.

Start with `rules.Normaliser`: batches of text go in, rows as they are to be sent come out. It knows nothing of files,
HTTP or results.
"""

from importer.schema.body import json_bodies
from importer.schema.columns import (
    EQUAL_BEFORE,
    REASONS,
    Columns,
    is_rejects_header,
    match_columns,
    plain_name,
    without_reasons,
)
from importer.schema.evidence import DecimalEvidence
from importer.schema.identity import identity, shard_of
from importer.schema.reasons import BEYOND, equal_before, equal_before_cell, handed_on, with_reasons
from importer.schema.rules import Normaliser, Rules

__all__ = [
    "BEYOND",
    "EQUAL_BEFORE",
    "REASONS",
    "Columns",
    "DecimalEvidence",
    "Normaliser",
    "Rules",
    "equal_before",
    "equal_before_cell",
    "handed_on",
    "identity",
    "is_rejects_header",
    "json_bodies",
    "match_columns",
    "plain_name",
    "shard_of",
    "with_reasons",
    "without_reasons",
]
