"""An S3 store on loopback: moto's server in a process of its own, filled by the library that the product reads with.

with S3Server() as store:
    store.put("june/part-1.csv", b"…")
    run("import", f"s3://{store.bucket}/june/*.csv", "-o", "june.results.csv", env=store.env)
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import Self

SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00"


class S3Server:
    """One bucket, `revenue`. Any credentials will do until `demand_credentials`."""

    bucket = "revenue"

    def __enter__(self) -> Self:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self._port)]
        # Not the user's credentials, and no look outside for an image or an update.
        env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self._process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._wait()
        self._ask("PUT", f"/{self.bucket}")
        from obstore.store import S3Store

        self._store = S3Store(
            self.bucket,
            endpoint=self.url,
            access_key_id="test",
            secret_access_key=SECRET,
            region="us-east-1",
            client_options={"allow_http": True},
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def env(self) -> dict[str, str]:
        """What a user's environment says of the store."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }

    def put(self, key: str, content: bytes) -> str:
        """Store an object and return its URL."""
        import obstore

        obstore.put(self._store, key, content)
        return f"s3://{self.bucket}/{key}"

    def demand_credentials(self) -> None:
        """From now on the credentials of the environment are wrong."""
        self._ask("POST", "/moto-api/reset-auth", b"0")

    def _ask(self, method: str, path: str, body: bytes | None = None) -> None:
        request = urllib.request.Request(self.url + path, body, {"Content-Type": "text/plain"}, method=method)
        with urllib.request.urlopen(request, timeout=30):
            pass

    def _wait(self) -> None:
        for _ in range(600):
            try:
                return self._ask("GET", "/moto-api/")
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        raise RuntimeError("moto's server did not start")
