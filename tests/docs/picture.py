"""`python -m tests.docs.picture`: the picture of the README anew, of the report's first part as the program is now."""

from __future__ import annotations

import asyncio
import base64
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.docs.documents import ROOT
from tests.support.browser import tab
from tests.support.command import environment

PICTURE = ROOT / ".github" / "report.png"
_SAMPLE = "june_2026_messy.csv"
_WIDTH = 1080
_BOTTOM = "Math.ceil(document.querySelector('.signing').getBoundingClientRect().top)"


def page_of_sample(folder: Path) -> Path:
    """The report of the messy sample, imported into the sandbox with the installed command, in `folder`."""
    shutil.copy(ROOT / "sample_data" / _SAMPLE, folder)
    page = "june.html"
    options = ("--sandbox", "--timezone", "America/New_York", "--report", page, "--no-index")
    words = [sys.executable, "-m", "importer", "import", _SAMPLE, *options]
    subprocess.run(words, cwd=folder, env=environment(), check=False, capture_output=True)  # 1: some rows are invalid
    return folder / page


async def picture_of(page: Path, folder: Path) -> bytes:
    """The page from its top to the end of the balance, as PNG: what names this machine is below."""
    async with tab(folder) as browser:
        await browser.show(page.as_uri(), _WIDTH, 900)
        clip = {"x": 0, "y": 0, "width": _WIDTH, "height": await browser.evaluate(_BOTTOM), "scale": 1}
        shot = await browser.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
    return base64.b64decode(shot["data"])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        PICTURE.write_bytes(asyncio.run(picture_of(page_of_sample(Path(name)), Path(name))))
