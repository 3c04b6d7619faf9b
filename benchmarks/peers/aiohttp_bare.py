"""aiohttp and uvloop at full speed: workers over one session. It keeps nothing; a crash forgets everything."""

import asyncio
import csv
import json
import os
import sys
from pathlib import Path

import aiohttp
import uvloop

WORKERS = 64


async def work(rows, session, url, recorded):
    for row in rows:
        row["revenue"] = float(row["revenue"])
        async with session.post(url, data=json.dumps(row)) as answer:
            if answer.status == 200 and (await answer.json())["success"]:
                recorded.append(row["message_id"])


async def main(path, base_url):
    headers = {"X-Api-Key": os.environ["TRACKLY_API_KEY"], "Content-Type": "application/json"}
    connector = aiohttp.TCPConnector(limit=WORKERS)
    recorded = []
    with Path(path).open(newline="") as file:
        rows = csv.DictReader(file)
        async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
            url = f"{base_url}/v2/revenue"
            await asyncio.gather(*(work(rows, session, url, recorded) for _ in range(WORKERS)))
    print(len(recorded), "recorded")


uvloop.run(main(*sys.argv[1:]))
