"""What is asked of the disk: durable writes, files that take the place of others, and the sentence when it refuses.

durable    syncing, room set aside, and what a full or broken disk is called
replacing  new files beside the old ones that take their place in one step; digests; edited files set aside
writable   whether a file can be written where it was named
state      what runs note for later ones in the user's state folder
spool      frames that need not be in memory; paths: where a path leads
"""

from importer.disk.durable import NO_ROOM, claim, refusals_of_the_disk, storing, sync, sync_data, sync_folder, write_all
from importer.disk.paths import follow_link, real_path
from importer.disk.replacing import Replacement, digest_of, new_file, set_aside
from importer.disk.spool import Spool
from importer.disk.state import WrittenDigests, state_folder
from importer.disk.writable import check_path, check_writable

__all__ = [
    "NO_ROOM",
    "Replacement",
    "Spool",
    "WrittenDigests",
    "check_path",
    "check_writable",
    "claim",
    "digest_of",
    "follow_link",
    "new_file",
    "real_path",
    "refusals_of_the_disk",
    "set_aside",
    "state_folder",
    "storing",
    "sync",
    "sync_data",
    "sync_folder",
    "write_all",
]
