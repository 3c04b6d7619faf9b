"""The script that most people write first: one `requests` session, one row after the other, a line for each answer."""

import csv
import os
import sys
from pathlib import Path

import requests

path, base_url = sys.argv[1:]
session = requests.Session()
session.headers["X-Api-Key"] = os.environ["TRACKLY_API_KEY"]
with Path(path).open(newline="") as file, Path(path + ".requests.csv").open("w", newline="") as out:
    results = csv.writer(out)
    for row in csv.DictReader(file):
        row["revenue"] = float(row["revenue"])
        answer = session.post(f"{base_url}/v2/revenue", json=row, timeout=30)
        answer.raise_for_status()
        results.writerow([row["message_id"], answer.json()["revenue_id"]])
