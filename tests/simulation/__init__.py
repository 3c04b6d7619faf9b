"""Posting, simulated: one seed is one history, and every step of a history is a place to crash at.

The loop, the breaker, the pace, the retries, the client with its connections, and the journal are the product's own.
What is simulated is what they stand on, where the product takes it from outside (`importer.send.Surroundings`, and the
calls of the system that change files):

    choices    what a seed chooses, and the shortest list of choices that still goes wrong
    clock      an event loop in virtual time; the journal's thread takes a while, and may be done before it says so
    disk       what is written, what is synced, and what a crash may leave of it; full, and broken
    vendor     what becomes of each request: answers of the API and of gateways, and its ledger
    wire       connections that are refused, cut, or silent, on the way to the vendor
    history    one run, or a few, of an import, by choices
    crashes    a crash at every step of a history, what may be on disk then, and the run that continues
    judging    what must be true of rows, records and doubts, after each run and after each crash
    controls   mistakes that a product could make, each of which must be found

`python -m tests.soak.simulation` runs as many seeds as wanted; `python -m tests.simulation SEED` tells one history.
"""
