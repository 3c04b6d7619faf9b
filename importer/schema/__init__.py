"""What columns mean: fields, their rules and codes, money, time, and when two rows are the same.

Start with `Normaliser`: batches of text go in, rows as they are to be sent come out. It knows nothing of files,
HTTP or results.

normaliser       the rules of a run, applied to a batch; row_filter: rows that a person leaves out
batch_cells      the cells of a field in a batch; values: what a value of the file is called here
text_fields      message id, attribution type, offer id; type_words: what others call a sale, a click, a send
cells            what the rules of all fields share; wrapping: what stands around a cell's text
limits           what the user allows of what the rules let through
row_identity     when two rows are the same; row_key: the cells that make them different
rejects_columns  the columns that a rejects file adds; broken_rules: rows that break several rules

columns/         which column of a file holds which field
money/           the revenue: how an amount may be written, in which currency, and exact sums
time/            the timestamp: how it may be written and what it means, zones, months
lines/           lines that are no rows: totals, headers in the middle, titles
guards/          what a file says beyond the five columns
"""

from importer.schema.batch_cells import cells_of as cells_of
from importer.schema.batch_cells import typed_cells as typed_cells
from importer.schema.broken_rules import further_codes as further_codes
from importer.schema.cells import stripped as stripped
from importer.schema.columns import EQUAL_BEFORE as EQUAL_BEFORE
from importer.schema.columns import REASONS as REASONS
from importer.schema.columns import ColumnNames as ColumnNames
from importer.schema.columns import Columns as Columns
from importer.schema.columns import Contents as Contents
from importer.schema.columns import chosen as chosen
from importer.schema.columns import likely_columns as likely_columns
from importer.schema.columns import match_columns as match_columns
from importer.schema.columns import plain_name as plain_name
from importer.schema.columns import require_header as require_header
from importer.schema.columns import require_ignored as require_ignored
from importer.schema.guards import Guards as Guards
from importer.schema.guards import currencies_of as currencies_of
from importer.schema.guards import looked_at as looked_at
from importer.schema.guards import may_be_currency as may_be_currency
from importer.schema.guards import refuse_tune as refuse_tune
from importer.schema.guards import refuse_tune_as_records as refuse_tune_as_records
from importer.schema.guards import statuses_in_lists as statuses_in_lists
from importer.schema.limits import Limits as Limits
from importer.schema.lines import TOTAL_ROW as TOTAL_ROW
from importer.schema.lines import TotalRows as TotalRows
from importer.schema.lines import TotalsAbove as TotalsAbove
from importer.schema.lines import may_begin_with_a_total as may_begin_with_a_total
from importer.schema.lines import with_stray_lines_told as with_stray_lines_told
from importer.schema.money import AMOUNT as AMOUNT
from importer.schema.money import DecimalEvidence as DecimalEvidence
from importer.schema.money import RevenueRule as RevenueRule
from importer.schema.money import exact_sum as exact_sum
from importer.schema.money import exact_sums as exact_sums
from importer.schema.money import largest as largest
from importer.schema.money import with_cents as with_cents
from importer.schema.normaliser import Normaliser as Normaliser
from importer.schema.normaliser import Rules as Rules
from importer.schema.rejects_columns import BEYOND as BEYOND
from importer.schema.rejects_columns import equal_before as equal_before
from importer.schema.rejects_columns import equal_before_cell as equal_before_cell
from importer.schema.rejects_columns import handed_on as handed_on
from importer.schema.rejects_columns import is_rejects_header as is_rejects_header
from importer.schema.rejects_columns import with_reasons as with_reasons
from importer.schema.rejects_columns import without_reasons as without_reasons
from importer.schema.row_filter import RowFilter as RowFilter
from importer.schema.row_filter import Values as Values
from importer.schema.row_filter import kept as kept
from importer.schema.row_filter import marked as marked
from importer.schema.row_filter import plain_cells as plain_cells
from importer.schema.row_identity import FLOAT as FLOAT
from importer.schema.row_identity import identity as identity
from importer.schema.row_identity import shard_of as shard_of
from importer.schema.row_key import DIGEST as DIGEST
from importer.schema.row_key import row_keys as row_keys
from importer.schema.row_key import scheme_of as scheme_of
from importer.schema.text_fields import ATTRIBUTION_TYPES as ATTRIBUTION_TYPES
from importer.schema.time import NO_TIMESTAMP as NO_TIMESTAMP
from importer.schema.time import UNREADABLE as UNREADABLE
from importer.schema.time import LocalClock as LocalClock
from importer.schema.time import TimestampRule as TimestampRule
from importer.schema.time import calendar_months as calendar_months
from importer.schema.time import earliest as earliest
from importer.schema.time import exact_first as exact_first
from importer.schema.time import exact_last as exact_last
from importer.schema.time import first_and_last as first_and_last
from importer.schema.time import latest as latest
from importer.schema.time import local_clock as local_clock
from importer.schema.time import timestamp_formats as timestamp_formats
from importer.schema.time import warning_of as warning_of
from importer.schema.values import renamed as renamed
from importer.schema.values import value_names as value_names
from importer.schema.wrapping import unwrapped as unwrapped
