"""What is asked of the disk: durable writes, files that take the place of others, and the sentence when it refuses.

durable    syncing, locks, room set aside, and what a full or broken disk is called
replacing  new files beside the old ones that take their place in one step; digests; edited files set aside
paths      where a path leads, and whether a file can be written there
state      what runs note for later ones in the user's state folder
spool      frames that need not be in memory; packed: those that are, packed
"""

from importer.disk.durable import NO_ROOM as NO_ROOM
from importer.disk.durable import claim as claim
from importer.disk.durable import is_locked as is_locked
from importer.disk.durable import lock_within as lock_within
from importer.disk.durable import refusals_of_the_disk as refusals_of_the_disk
from importer.disk.durable import storing as storing
from importer.disk.durable import sync as sync
from importer.disk.durable import sync_data as sync_data
from importer.disk.durable import sync_folder as sync_folder
from importer.disk.durable import try_lock as try_lock
from importer.disk.durable import write_all as write_all
from importer.disk.packed import Packed as Packed
from importer.disk.paths import as_paths as as_paths
from importer.disk.paths import check_path as check_path
from importer.disk.paths import check_writable as check_writable
from importer.disk.paths import follow_link as follow_link
from importer.disk.paths import real_path as real_path
from importer.disk.replacing import Replacement as Replacement
from importer.disk.replacing import digest_of as digest_of
from importer.disk.replacing import new_file as new_file
from importer.disk.replacing import set_aside as set_aside
from importer.disk.spool import Parts as Parts
from importer.disk.spool import Spool as Spool
from importer.disk.state import WrittenDigests as WrittenDigests
from importer.disk.state import state_folder as state_folder
