"""The plan that a person approves.

parts       everything that decides what is posted and where, as one digest
kept_plans  the last ones that this user's checks made, as they were
changes     what changed since, in words; rows_changed: which rows
"""

from importer.plan.approval.changes import refused as refused
from importer.plan.approval.kept_plans import keep_plan as keep_plan
from importer.plan.approval.parts import PlanParts as PlanParts
from importer.plan.approval.parts import RowsDigest as RowsDigest
from importer.plan.approval.parts import plan_parts as plan_parts
from importer.plan.approval.parts import whole_of as whole_of
