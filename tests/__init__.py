"""The tests of the importer, and in `support` the means by which they judge it."""
