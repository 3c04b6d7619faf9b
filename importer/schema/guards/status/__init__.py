"""Columns that say of some rows that they are no revenue: rejected, refunded, pending.

guard   the question for a person
names   what a column may say, by its name; name_words: the words of such names, name_scripts: those in other scripts,
        name_sides: debit and credit
senses  what a value says; words: how networks and shops call it, yes_no: what flags hold
money_back  words for refunds and credit notes in any language; undone: those for all that is taken back or cancelled
kinds   what the values of a column of kinds say, each beside the others; ledger_names: of what such a column tells
documents  kinds of ledgers; codes: codes of documents and bookings; no_sales: kinds that are no sale
scenarios  rows of what was planned beside those of what was
states  what the values of a column of states say, some only beside the others
texts   columns of many different texts, few of which say so
lists   columns of several values a row, a status among them
"""

from importer.schema.guards.status.guard import StatusGuard as StatusGuard
from importer.schema.guards.status.guard import may_be_status as may_be_status
from importer.schema.guards.status.guard import may_hold_states as may_hold_states
from importer.schema.guards.status.lists import statuses_in_lists as statuses_in_lists
from importer.schema.guards.status.money_back import SPELLINGS as SPELLINGS
from importer.schema.guards.status.money_back import begins_with_back as begins_with_back
from importer.schema.guards.status.money_back import gives_back as gives_back
from importer.schema.guards.status.money_back import is_nothing_but_back as is_nothing_but_back
from importer.schema.guards.status.names import Kind as Kind
from importer.schema.guards.status.no_sales import OFFERED as OFFERED
from importer.schema.guards.status.senses import Sense as Sense
from importer.schema.guards.status.senses import sense_of as sense_of
from importer.schema.guards.status.texts import RefundTexts as RefundTexts
from importer.schema.guards.status.texts import may_tell_of_refunds as may_tell_of_refunds
from importer.schema.guards.status.undone import is_undone as is_undone
from importer.schema.guards.status.words import NO_REVENUE as NO_REVENUE
from importer.schema.guards.status.words import TAKEN_BACK as TAKEN_BACK
from importer.schema.guards.status.words import folded as folded
