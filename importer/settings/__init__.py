"""What can be chosen: one table of options, and the frozen objects that hold what was chosen.

table       every option of `check` and `import`: `InputSettings` and `Settings`; comparing: what only `reconcile` has
options     how an option is declared
kinds       what values there are, from Python and as they are typed; notations: those with a notation of their own
conditions  which rows are meant
"""

from importer.settings.comparing import EXTRA_FIELDS as EXTRA_FIELDS
from importer.settings.comparing import ReconcileSettings as ReconcileSettings
from importer.settings.comparing import reading_options as reading_options
from importer.settings.conditions import Condition as Condition
from importer.settings.conditions import condition_of as condition_of
from importer.settings.conditions import condition_text as condition_text
from importer.settings.conditions import mark_of as mark_of
from importer.settings.kinds import ByField as ByField
from importer.settings.kinds import Choices as Choices
from importer.settings.kinds import File as File
from importer.settings.kinds import Flag as Flag
from importer.settings.kinds import Kind as Kind
from importer.settings.kinds import Names as Names
from importer.settings.kinds import Number as Number
from importer.settings.kinds import OneOf as OneOf
from importer.settings.kinds import Text as Text
from importer.settings.kinds import Texts as Texts
from importer.settings.kinds import Whole as Whole
from importer.settings.notations import MAX_SHARDS as MAX_SHARDS
from importer.settings.notations import Size as Size
from importer.settings.options import Option as Option
from importer.settings.options import Section as Section
from importer.settings.options import option as option
from importer.settings.options import options_of as options_of
from importer.settings.table import InputSettings as InputSettings
from importer.settings.table import Settings as Settings
from importer.settings.table import deciding_options as deciding_options
from importer.settings.table import recorded_options as recorded_options
