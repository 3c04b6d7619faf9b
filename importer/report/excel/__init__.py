"""The report as an Excel workbook.

workbook  a summary, the breakdowns, the runs, and every row on the sheet of its status
summary   the first sheet; money: where the money is; audit: what was read and made when, by whom and how
columns   which columns a sheet of rows has, and how wide they are
sheets    how a cell is written
status_sheet  the rows of one status; rows: these as XML, a column at a time, as a call for each cell takes ten times
              as long
vendor    the sheet of a comparison with the vendor's records
"""
