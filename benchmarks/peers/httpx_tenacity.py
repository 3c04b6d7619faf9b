"""The script that a careful person writes next: httpx, tenacity, a semaphore, the results at the end."""

import asyncio
import csv
import os
import sys
from pathlib import Path

import httpx
import tenacity

IN_FLIGHT = 64


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(httpx.HTTPError),
    wait=tenacity.wait_random_exponential(max=30),
    stop=tenacity.stop_after_attempt(5),
)
async def post(client, row):
    answer = await client.post("/v2/revenue", json=row)
    answer.raise_for_status()
    return answer.json()["revenue_id"]


async def main(path, base_url):
    with Path(path).open(newline="") as file:
        rows = list(csv.DictReader(file))
    free = asyncio.Semaphore(IN_FLIGHT)
    headers = {"X-Api-Key": os.environ["TRACKLY_API_KEY"]}
    limits = httpx.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT)

    async def one(row):
        async with free:
            row["revenue"] = float(row["revenue"])
            return await post(client, row)

    async with httpx.AsyncClient(base_url=base_url, headers=headers, limits=limits, timeout=30) as client:
        revenue_ids = await asyncio.gather(*map(one, rows))
    with Path(path + ".httpx.csv").open("w", newline="") as out:
        csv.writer(out).writerows(
            [row["message_id"], revenue_id] for row, revenue_id in zip(rows, revenue_ids, strict=True)
        )


asyncio.run(main(*sys.argv[1:]))
