"""Parquet → frames of exact texts.

reader  the batches of one file; text: typed columns → text; fields: the fields of structs as columns
file    what the file says of itself; footer: whether that can be; thrift: how it is written
guard   decodes in another process first, so that a damaged file cannot end this one
"""
