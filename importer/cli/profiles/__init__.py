"""Profiles: saved mappings, which say how to read a file, and never where or whether to post.

reading   options from a TOML file, as the defaults of a command
shipped   the profiles of affiliate networks that come with the program, by their bare names
saving    the options of a command, written as a profile
"""

from importer.cli.profiles.reading import JOINED as JOINED
from importer.cli.profiles.reading import Loaded as Loaded
from importer.cli.profiles.reading import load_profile as load_profile
from importer.cli.profiles.saving import SavedProfile as SavedProfile
from importer.cli.profiles.saving import left_out as left_out
