"""The report as one HTML page, which needs no network.

page  the whole; text: its sentences; rows: the rows that are listed; plots: the charts, as SVG
"""

from importer.report.page.page import write_page as write_page
