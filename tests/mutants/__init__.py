"""Mistakes put into the code one by one, and whether a test notices: `python -m tests.mutants --help`.

cosmic-ray makes the mistakes, in a copy of the tree. Of the rooms where money lies a sample is taken, the same for the
same seed. A mistake meets the tests of its room that run its line, fast ones before slow ones, and then those that
start the command in a process of its own; with `--whole`, survivors meet those of the whole suite that run their line.
What was found is kept in `build/mutants`: an interrupted session goes on where it was, and with `--again` those that
survived meet code and tests as they are now.

places       which mistakes can be made, and a sample of them
nearest      the tests that run a line, found once for each room, and once in the whole suite
unseen       the lines that commands in processes of their own run, for a test
forked       tests in a process that need not import the libraries first
session      a sample, its copy of the tree, and what became of each mistake
equivalent   survivors that change nothing, each with its reason, in `equivalent.toml`
"""
