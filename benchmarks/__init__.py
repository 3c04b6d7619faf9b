"""How fast the import is, as ratios against other ways to do the same job on the same machine in the same minutes.

`__main__` is the command, `measure` the list of measurements, `table` and `plot` what becomes of them. `server` is the
API that everything posts to, `data` makes the inputs, `run` runs commands and reads what they used, `peers` holds the
scripts that we are compared with, each as a user would write it.
"""
