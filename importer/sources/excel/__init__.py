"""Workbooks, read as XML, so that errors, formulas without a result and empty rows are seen.

reader     the batches of one sheet
package    the parts of a workbook, and limits on what they unpack to; markup: their elements
workbook   sheets, shared texts and formats; sheet: rows and cells; cell_text: the text of a cell
marks      what cells and rows are besides their text: sums of others, in a currency, hidden
"""
