"""Rows that are nearly what earlier runs or other results record: the same event otherwise, or a newer version of it.

twins          which rows are one event in two spellings; fates: which fates hold rows for that;
               overlaps: of which other results know so many that it stops a run
renamed        rows that are recorded with another spelling of their message id, or another offer
restated       rows that are recorded with another amount, or as another type; related_amounts: whether a whole
               file's amounts were stated anew together
newer_version  whether rows were corrected since they were sent; other_times: whether they come again at other times;
               shifts: times that another zone moved
"""

from importer.plan.near.fates import NearFates as NearFates
from importer.plan.near.fates import valid_rows as valid_rows
from importer.plan.near.newer_version import NAMED_ROWS as NAMED_ROWS
from importer.plan.near.newer_version import changed_rows as changed_rows
from importer.plan.near.newer_version import changed_to as changed_to
from importer.plan.near.newer_version import changes_named as changes_named
from importer.plan.near.newer_version import is_feed as is_feed
from importer.plan.near.other_times import OtherTimes as OtherTimes
from importer.plan.near.other_times import warnings_of as warnings_of
from importer.plan.near.overlaps import NearOverlap as NearOverlap
from importer.plan.near.overlaps import is_most as is_most
from importer.plan.near.overlaps import ways_of as ways_of
