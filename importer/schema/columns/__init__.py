"""Which column of a file holds which field, and what to say when that is not clear.

match            the columns of the fields; names: the names of a file's columns
advice           which columns may hold fields under other names; known_names: what others call them;
                 contents: what a column may be by its cells
headless         where the header is not the first line
expected_header  what a profile knows of a header
"""

from importer.schema.columns.advice import likely_columns as likely_columns
from importer.schema.columns.contents import Contents as Contents
from importer.schema.columns.expected_header import chosen as chosen
from importer.schema.columns.expected_header import require_header as require_header
from importer.schema.columns.known_names import KNOWN_NAMES as KNOWN_NAMES
from importer.schema.columns.known_names import without_accents as without_accents
from importer.schema.columns.match import Columns as Columns
from importer.schema.columns.match import match_columns as match_columns
from importer.schema.columns.match import require_ignored as require_ignored
from importer.schema.columns.names import EQUAL_BEFORE as EQUAL_BEFORE
from importer.schema.columns.names import REASONS as REASONS
from importer.schema.columns.names import ColumnNames as ColumnNames
from importer.schema.columns.names import bare as bare
from importer.schema.columns.names import plain_name as plain_name
from importer.schema.columns.names import plain_words as plain_words
from importer.schema.columns.names import word_name as word_name
