"""Numbers of documents that say what these are: `CN-1003` among `INV-1001`, a refund `re_…` among charges `ch_…`.

guard   the question for a person
names   how columns of such numbers are called
series  how most numbers of a column are written, and which are written otherwise
codes   letters of sales, and of what is none, by language
marks   the number of another row with a mark: `1001-R` beside `1001`
"""

from importer.schema.guards.numbers.guard import DocumentNumbers as DocumentNumbers
from importer.schema.guards.numbers.names import may_number_documents as may_number_documents
