"""What is asked of the disk: durable writes, files that take the place of others, and the sentence when it refuses.

durable    syncing, room set aside, and what a full or broken disk is called
replacing  new files beside the old ones, under names of their own
spool      frames that need not be in memory; paths: where a path leads
"""

from importer.disk.durable import NO_ROOM, claim, storing, sync, sync_data, sync_folder, write_all
from importer.disk.paths import real_path
from importer.disk.replacing import new_file
from importer.disk.spool import Spool

__all__ = [
    "NO_ROOM",
    "Spool",
    "claim",
    "new_file",
    "real_path",
    "storing",
    "sync",
    "sync_data",
    "sync_folder",
    "write_all",
]
