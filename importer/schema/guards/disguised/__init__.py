"""Totals that stand among the rows with an id like any row.

disguised_totals  the sum of all others; group_totals: of a group of them, without the timestamp that others have
labelled_totals   of a group, by a label; kinds_of_lines: by any value of a column; repeated_groups: by nothing but
                  their amounts; summed_lines: the sums beside them
offer_totals      of an offer
total_lines       how such lines are named; ids_of_rows: how they are left out, and no other row
"""

from importer.schema.guards.disguised.disguised_totals import DisguisedTotalsGuard as DisguisedTotalsGuard
from importer.schema.guards.disguised.ids_of_rows import IdsOfRows as IdsOfRows
from importer.schema.guards.disguised.kinds_of_lines import KindsOfLinesGuard as KindsOfLinesGuard
from importer.schema.guards.disguised.labelled_totals import LabelledTotalsGuard as LabelledTotalsGuard
from importer.schema.guards.disguised.offer_totals import OfferTotalsGuard as OfferTotalsGuard
from importer.schema.guards.disguised.repeated_groups import RepeatedGroupsGuard as RepeatedGroupsGuard
