"""The command by a path, for shells and recipes: a small program that hands its streams to the warm process.

    with Doorway(warm) as program:
        subprocess.run(["sh", "-c", f"{program} check june.csv | head -n 1"])

Folder, environment, arguments and streams are those of the caller, and the exit status comes back; signals that the
small program gets do not go on.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from tests.support.warm import Warm

_ORDER_BYTES = 1 << 17
_PROGRAM = """#!/bin/sh
exec {python} -I -S -c '
import json, os, socket, sys
door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
door.connect("{door}")
order = {{"args": sys.argv[1:], "env": dict(os.environ), "cwd": os.getcwd(), "breaks": None}}
socket.send_fds(door, [json.dumps(order).encode()], [0, 1, 2])
status = int(door.recv(100))
sys.exit(status if status >= 0 else 128 - status)
' "$@"
"""


class Doorway:
    """Listens for the small program, and has `warm` fork the command that it asks for."""

    def __init__(self, warm: Warm) -> None:
        self._warm = warm

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="door-")  # a short path: sockets have no long ones
        self.program = Path(self._folder.name) / "revenue-importer"
        door = self.program.with_name("door")
        self.program.write_text(_PROGRAM.format(python=sys.executable, door=door))
        self.program.chmod(0o755)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.bind(str(door))
        self._socket.listen()
        self._thread = threading.Thread(target=self._listen, name="doorway")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()
        self._folder.cleanup()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):  # it is shut
            while True:
                caller, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(caller,), name="caller").start()

    def _serve(self, caller: socket.socket) -> None:
        with caller:
            data, streams, _, _ = socket.recv_fds(caller, _ORDER_BYTES, 3)
            forked = self._warm.fork(json.loads(data), streams)
            for stream in streams:
                os.close(stream)
            status = forked.wait()
            with contextlib.suppress(BrokenPipeError):  # the caller was killed meanwhile
                caller.send(b"%d" % status)
