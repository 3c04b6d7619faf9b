"""A Dask cluster of this machine's processors, for the time of one import."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dask
from distributed import LocalCluster

from importer.api import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

# How often the worker of one shard may die before the shard is given up; each time it got further.
LOCAL_DEATHS = 100
# A signal that is meant for the command reaches its whole process group or service; and only the command speaks.
_DEAF_AND_MUTE = """
import os, signal
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
for stream in (1, 2):
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
"""
# Dask serves a page at every scheduler and worker, and has no option against it: it gets no content, and is closed.
_NO_PAGE = """
async def dask_setup(node):
    node.http_server.stop()
"""
_LOCALLY = {
    "distributed.scheduler.allowed-failures": LOCAL_DEATHS,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


def processes_for(shards: int | None) -> int:
    """How many processes to start for so many shards: as many as there are processors, if nobody says how many."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(shards or cores, max(cores, 2))


@contextmanager
def local_cluster(processes: int, api_key: str) -> Iterator[LocalCluster]:
    """Processes on this machine that nobody else can talk to: TLS by a certificate of their own, no HTTP page."""
    with (
        dask.config.set(_LOCALLY),
        LocalCluster(
            n_workers=processes,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            security=True,
            dashboard_address=None,
            memory_limit=None,
            silence_logs=logging.CRITICAL,
            env={VARIABLE: api_key},
            preload=[_DEAF_AND_MUTE, _NO_PAGE],
            scheduler_kwargs={"preload": [_NO_PAGE]},
        ) as cluster,
    ):
        yield cluster
