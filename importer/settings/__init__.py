"""What can be chosen: one table of options, and the frozen objects that hold what was chosen.

table    every option of `check` and `import`: `InputSettings` and `Settings`
options  how an option is declared
kinds    what values there are, from Python and as they are typed
"""

from importer.settings.kinds import MAX_SHARDS, ByField, File, Flag, Kind, Number, OneOf, Text, Texts, Whole
from importer.settings.options import Option, Section, option, options_of
from importer.settings.table import InputSettings, Settings, recorded_options

__all__ = [
    "MAX_SHARDS",
    "ByField",
    "File",
    "Flag",
    "InputSettings",
    "Kind",
    "Number",
    "OneOf",
    "Option",
    "Section",
    "Settings",
    "Text",
    "Texts",
    "Whole",
    "option",
    "options_of",
    "recorded_options",
]
