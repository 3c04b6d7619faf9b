"""Mistakes put into the code one by one, and whether a test notices: `python -m tests.mutants --help`.

cosmic-ray makes the mistakes, in a copy of the tree. Of the rooms where money lies a sample is taken, the same for the
same seed. A mistake meets the tests that run its line first, fast ones before slow ones, then all tests of its room,
and with `--whole` the whole suite, which takes minutes for each. What was found is kept in `build/mutants`: an
interrupted session goes on where it was, and with `--again` those that survived meet code and tests as they are now.

places       which mistakes can be made, and a sample of them
nearest      the tests that run a line, found once for each room
session      a sample, its copy of the tree, and what became of each mistake
equivalent   survivors that change nothing, each with its reason, in `equivalent.toml`
"""
