"""Gateways, servers and proxies that nobody here wrote, in front of an API with a ledger: see `tests.soak.gateways`.

    programs     starts a program on a port of loopback and ends it; what is not installed is missed by name
    application  the API as a WSGI and an ASGI application, for servers of Python
    yard         where a scenario takes place: the API, the programs before it, the runs of the command
    judging      what a run came to, what is required of it, and the table

The scenarios, one file a kind: `losing` answers, `limiting`, `waiting`, `refusing`, `proxies`, and what sends `twice`
by itself.
"""
