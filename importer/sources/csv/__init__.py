"""CSV → frames of text cells.

reader    header and delimiter, and the batches of one file
blocks    whole blocks at once, where that is safe; records: record by record, where it is not
encoding  bytes → UTF-8
"""
