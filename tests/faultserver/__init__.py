"""The vendor's API on loopback, with every fault that a test can ask for, and a ledger of what it really stored.

A program of its own: it knows the product by its requests alone, and uses nothing of it, nor of the other tests.

server   starts it: in a thread, in a process of its own, or as a command; ports that are dead, or stall
plan     what it is to do to which request: plain data, built by functions
rules    that plan at work: which rule a request meets, limits, outages
api      the API itself: judges requests, keeps the ledger; request: a request as it came; answers: their bytes
wire     one connection, and the ways in which an answer goes out or does not; tls: certificates
ledger   what it stored and saw, on disk before the answer left
client   what its own tests ask it; forking: processes forked from one that has imported what they need
"""
