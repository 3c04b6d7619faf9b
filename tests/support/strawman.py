"""A tiny importer that keeps the promise, and one that breaks it: the negative control of every campaign.

Run it in the product's place, over `inputs.rows(n, plain=True)`:

    run("import", file, "--base-url", server.url, program=strawman.HONEST)     # must pass the oracle
    run("import", file, "--base-url", server.url, program=strawman.DISHONEST)  # killed, must fail it

One row at a time, a journal beside the results, its intent written before the POST, or (`DISHONEST`) after it. It knows
no other option than `--base-url`, ignores all others, and writes results and summary like the real one.
"""

from __future__ import annotations

import csv
import http.client
import json
import os
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.inputs import FIELDS

HONEST = (sys.executable, "-m", "tests.support.strawman", "before")
"""Writes its intent before it posts."""
DISHONEST = (sys.executable, "-m", "tests.support.strawman", "after")
"""Writes its intent after it has posted: a kill between the two makes it post a row again."""

_COLUMNS = ("row", "source", *FIELDS, "status", "revenue_id", "error_code")


class _Journal:
    """One line a fact: `intent` or a status, the row's index, a revenue_id; what was torn is not read."""

    def __init__(self, path: Path) -> None:
        lines = path.read_text().rpartition("\n")[0].splitlines() if path.exists() else []
        self.fates = {int(index): (fact, extra) for fact, index, extra in (line.split("\t") for line in lines)}
        self._fd = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)

    def write(self, fact: str, index: int, extra: str = "") -> None:
        self.fates[index] = (fact, extra)
        os.write(self._fd, f"{fact}\t{index}\t{extra}\n".encode())


def _post(base: str, row: dict[str, str]) -> tuple[str, str]:
    """The status of a row after one attempt, and its revenue_id."""
    where = urlsplit(base)
    body = {name: value for name, value in row.items() if value and name != "revenue"}
    text = json.dumps(body)[:-1] + f', "revenue": {row["revenue"]}}}'
    headers = {"X-Api-Key": os.environ["TRACKLY_API_KEY"], "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(where.netloc, timeout=5)
    try:
        connection.connect()
    except OSError:
        return "failed", ""
    try:
        connection.request("POST", where.path + "/v2/revenue", text, headers)
        reply = connection.getresponse()
        said = json.loads(reply.read())
        if 400 <= reply.status < 500:
            return "rejected", ""
        believed = reply.status in (200, 201) and said["success"] is True and said["message_id"] == row["message_id"]
        return ("recorded", said["revenue_id"]) if believed else ("in_doubt", "")
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return "in_doubt", ""
    finally:
        connection.close()


def main() -> int:
    """Import one file; 0 when every row is recorded."""
    when, _, name, *options = sys.argv[1:]
    base = options[options.index("--base-url") + 1]
    path = Path(name)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    results = path.with_suffix(".results.csv")
    journal = _Journal(results.with_name(results.name + ".journal"))
    for index, row in enumerate(rows):
        fate = journal.fates.get(index, ("pending", ""))[0]
        if fate == "intent":
            journal.write("in_doubt", index)
        elif fate in ("pending", "failed"):
            if when == "before":
                journal.write("intent", index)
            status, revenue_id = _post(base, row)
            journal.write(status, index, revenue_id)
    fates = [journal.fates[index] for index in range(len(rows))]
    _write_results(results, path.name, rows, fates)
    summary = _summary(rows, [fate for fate, _ in fates]) | {"results": str(results)}
    sys.stdout.write(json.dumps(summary) + "\n")
    return int(any(fate != "recorded" for fate, _ in fates))


def _write_results(results: Path, source: str, rows: list[dict[str, str]], fates: list[tuple[str, str]]) -> None:
    temporary = results.with_name(results.name + ".new")
    with temporary.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(_COLUMNS)
        for index, (row, (status, revenue_id)) in enumerate(zip(rows, fates, strict=True)):
            cells = [f"'{cell}" if cell[:1] in tuple("=+-@") and cell else cell for cell in row.values()]
            writer.writerow([index + 1, source, *cells, status, revenue_id, ""])
    temporary.replace(results)


def _summary(rows: list[dict[str, str]], statuses: list[str]) -> dict[str, object]:
    shares: dict[str, list[Decimal]] = defaultdict(list)
    for row, status in zip(rows, statuses, strict=True):
        shares[status].append(Decimal(row["revenue"]))
    by_status = {status: {"rows": len(parts), "revenue": str(sum(parts))} for status, parts in shares.items()}
    return {"rows": len(rows), "revenue": str(sum(Decimal(row["revenue"]) for row in rows)), "by_status": by_status}


if __name__ == "__main__":
    sys.exit(main())
