"""The means by which the tests judge the product. Nothing in here imports the product.

    inputs       input files of known content, and what an API should have stored of them
    faultplan    what the server is to do to which request (plain data)
    faultserver  the API on loopback, faults included: in a process of its own, or in a thread
    ledger       what the server stored and saw, on disk before the answer left
    command      runs the command as a user would, with and without a terminal, and kills it
    oracle       the one judgement that every campaign ends in
    strawman     a tiny importer that keeps the promise, and one that does not: negative controls
    keysearch    where an API key has leaked to

`process` and `terminal` belong to `command`; `api`, `wire`, `request`, `rules`, `answers` and `tls` are the inside of
the fault server.
"""
