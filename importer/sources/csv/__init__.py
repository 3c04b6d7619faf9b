"""CSV → frames of text cells.

reader    the batches of one file
header    where the header is, and the delimiter; delimiter_advice: where it is none of the usual ones;
          quoting: quotes that are not as RFC 4180 has them
blocks    whole blocks at once, where that is safe; records: record by record, where it is not;
          blank_rows: lines of separators alone, left out
encoding  bytes → UTF-8
"""
