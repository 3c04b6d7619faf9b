"""What columns mean: fields, their rules and codes, money, time, and when two rows are the same.

Start with `rules.Normaliser`: batches of text go in, rows as they are to be sent come out. It knows nothing of files,
HTTP or results.
"""

from importer.schema.body import json_bodies
from importer.schema.columns import Columns, match_columns
from importer.schema.evidence import DecimalEvidence
from importer.schema.identity import identity, shard_of
from importer.schema.rules import Normaliser, Rules

__all__ = [
    "Columns",
    "DecimalEvidence",
    "Normaliser",
    "Rules",
    "identity",
    "json_bodies",
    "match_columns",
    "shard_of",
]
