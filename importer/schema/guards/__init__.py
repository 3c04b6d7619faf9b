"""What a file says beyond the five columns, heard before anything is sent: a person decides, by an option.

review     all guards, over all files
reading    the values of a column with their rows and money, and how options are spelled for them
given_names  columns of names that people give, which may be any word
unread     columns that nothing reads, each watched by itself
reversals  quantities and amounts below zero beside a revenue
hidden     rows that a workbook hides
dates      dates whose day and month a spreadsheet has swapped
swallowed  rows between two stray quotes; sections: rows below a title, or another header
tune       exports of TUNE, which Trackly fetches by itself

numbers/   numbers of documents that say what these are: a credit note among invoices
status/    columns that say which rows are no revenue
currency/  amounts in several currencies
disguised/ rows that sum up others and have an id like any row
"""

from importer.schema.guards.currency import currencies_of as currencies_of
from importer.schema.guards.currency import may_be_currency as may_be_currency
from importer.schema.guards.review import Guards as Guards
from importer.schema.guards.review import looked_at as looked_at
from importer.schema.guards.status import statuses_in_lists as statuses_in_lists
from importer.schema.guards.tune import refuse_tune as refuse_tune
from importer.schema.guards.tune import refuse_tune_as_records as refuse_tune_as_records
