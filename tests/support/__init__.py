"""The means by which the tests judge the product. The fault server is in `tests.faultserver`.

These import nothing of the product, so that no mistake of it is shared:

inputs     input files of known content, and what an API should have stored of them; reference: what a file says
oracle     the one judgement that every campaign ends in; keysearch: where an API key has leaked to
command    runs the command as a user would, and kills it; process: how it begins and ends; terminal: one on a terminal
strawman   a tiny importer that keeps the promise, and one that does not: negative controls
campaign   kills at random moments; soaking: what long campaigns say; tracer: the command under strace
damage     what happens to files on their way; manglings: what people do to a results file
writers    one table by every library; parquet: byte by byte; foreign: what other libraries read
browser    a headless Chromium; airflow, dask, s3: throw-away instances of these

And these use it, or write what it reads:

warm       the command forked from a process that has imported it; saboteur: ways to break it from inside
inside     the command within the process of the test that runs it
months     a month that a person works on; person: the same as hypothesis leads them
images     what a power cut may leave of a journal
doorway    the same by a path, for shells; examples: how many a costly property gets
books      RESULTS and journals as an import leaves them; normalised: rows for the normaliser
raw        servers of raw bytes, and requests of the wire to them
option_values  a value of each kind of option; commands: all commands of the command line, loaded
checked    what `check` makes of files, in this process
"""
