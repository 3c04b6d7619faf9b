"""What a file says beyond the five columns, heard before anything is sent: a person decides, by an option.

review    all guards, over all files
reading   the values of a column with their rows and money, and how options are spelled for them
status    columns that say which rows are no revenue; status_names, name_words: by their names; status_words,
          status_senses: by their values
currency  amounts in several currencies; currency_conflict: amounts that show another one than their row says;
          currency_elsewhere: several in another column of amounts; currency_pairs: of which amount a column tells it;
          currency_of_inputs: another one in each file
reversals  quantities and amounts below zero beside a revenue
lists     lists in which a status may stand
hidden    rows that a workbook hides
dates     dates whose day and month a spreadsheet has swapped
disguised_totals  rows that are the sum of all others, and have an id; group_totals: of a group of them;
          labelled_totals: of a group, by a label; kinds_of_lines: by any value; repeated_groups: by nothing but
          their amounts; summed_lines: the sums beside them;
          offer_totals: of an offer; total_lines: how they are named, and left out
swallowed  rows between two stray quotes; sections: rows below a title, or another header
tune      exports of TUNE, which Trackly fetches by itself
"""

from importer.schema.guards.currency import currencies_of as currencies_of
from importer.schema.guards.currency_pairs import may_be_currency as may_be_currency
from importer.schema.guards.lists import statuses_in_lists as statuses_in_lists
from importer.schema.guards.review import Guards as Guards
from importer.schema.guards.review import looked_at as looked_at
from importer.schema.guards.tune import refuse_tune as refuse_tune
from importer.schema.guards.tune import refuse_tune_as_records as refuse_tune_as_records
