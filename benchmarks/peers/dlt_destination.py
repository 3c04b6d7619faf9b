"""A pipeline of dlt with a custom destination that posts each row: what a data engineer would reach for."""

import csv
import os
import sys
import tempfile
from pathlib import Path

import dlt
import requests

path, base_url = sys.argv[1:]
session = requests.Session()
session.headers["X-Api-Key"] = os.environ["TRACKLY_API_KEY"]


@dlt.resource(name="revenue")
def rows():
    with Path(path).open(newline="") as file:
        for row in csv.DictReader(file):
            yield {**row, "revenue": float(row["revenue"]), "timestamp": str(row["timestamp"])}


@dlt.destination(batch_size=100, name="trackly", skip_dlt_columns_and_tables=True)
def post(items, table):
    for item in items:
        item["timestamp"] = str(item["timestamp"])
        session.post(f"{base_url}/v2/revenue", json=item, timeout=30).raise_for_status()


with tempfile.TemporaryDirectory() as folder:
    dlt.pipeline("revenue", destination=post, pipelines_dir=folder).run(rows())
