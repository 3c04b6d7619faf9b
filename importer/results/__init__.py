"""RESULTS: one line for each input row, always whole.

file     its columns, its form, its name
names    which files are such
reading  its lines read back, whatever program saved it since
record   RESULTS with its journal: which of the two is the truth now
rejects  the rejects file
"""

from importer.results.file import COLUMNS as COLUMNS
from importer.results.file import as_written as as_written
from importer.results.file import cell_as_written as cell_as_written
from importer.results.file import check_format as check_format
from importer.results.file import harmless as harmless
from importer.results.file import is_results_header as is_results_header
from importer.results.file import kept_titles as kept_titles
from importer.results.file import lines_of as lines_of
from importer.results.file import write as write
from importer.results.names import begins_like_results as begins_like_results
from importer.results.names import may_be_results as may_be_results
from importer.results.names import results_in as results_in
from importer.results.names import results_named as results_named
from importer.results.reading import check_lines as check_lines
from importer.results.reading import has_vain_id as has_vain_id
from importer.results.reading import load_results as load_results
from importer.results.reading import other_targets as other_targets
from importer.results.reading import read_results as read_results
from importer.results.record import ImportRecord as ImportRecord
from importer.results.record import open_compared as open_compared
from importer.results.record import open_record as open_record
from importer.results.rejects import Rejects as Rejects
from importer.results.rejects import is_rejects as is_rejects
