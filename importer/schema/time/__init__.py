"""The timestamp.

rule       a cell's text becomes an instant in UTC, or a reason why not; meaning: which instant
formats    how it may be written; sentences: what is said where nothing reads it
advice     the `--timestamp-format` that would; calendar_names: months and days in many languages
zones      how far a zone's clocks are from UTC; zone_names: names of zones that are none
months     rows and money by month, the first and the last timestamp
"""

from importer.schema.time.advice import option_for as option_for
from importer.schema.time.calendar_names import ANY_MONTH as ANY_MONTH
from importer.schema.time.formats import timestamp_formats as timestamp_formats
from importer.schema.time.months import NO_TIMESTAMP as NO_TIMESTAMP
from importer.schema.time.months import UNREADABLE as UNREADABLE
from importer.schema.time.months import calendar_months as calendar_months
from importer.schema.time.months import earliest as earliest
from importer.schema.time.months import exact_first as exact_first
from importer.schema.time.months import exact_last as exact_last
from importer.schema.time.months import first_and_last as first_and_last
from importer.schema.time.months import latest as latest
from importer.schema.time.rule import TimestampRule as TimestampRule
from importer.schema.time.zone_names import ABBREVIATIONS as ABBREVIATIONS
from importer.schema.time.zone_names import WITHOUT_SUMMER_TIME as WITHOUT_SUMMER_TIME
from importer.schema.time.zone_names import warning_of as warning_of
from importer.schema.time.zones import LocalClock as LocalClock
from importer.schema.time.zones import local_clock as local_clock
