"""Advice of whatever plans, posts, resolves, compares and reports is followed, and works; none is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.cli.advice import is_a_test, says, sentences
from tests.cli.advice_world import World
from tests.faultserver.plan import CANARY_KEY, Json, answer, api_error, hang_up, plan, rule
from tests.faultserver.server import FaultServerProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The first answer of some messages is lost, after the row was stored or before; others are refused the first time.
RULES = (
    *(rule(hang_up(stored=True), message_id=f"tfb0ra{n}", attempt=1) for n in (80, 81)),
    *(rule(hang_up(stored=False), message_id=f"tfb0ra{n}", attempt=1) for n in (90, 91)),
    rule(hang_up(stored=False), message_id="tfb0ra92"),
    rule(answer(302, ""), message_id="tfb0ra60", attempt=1),
    rule(answer(400, "<title>No</title>"), message_id="tfb0ra61", attempt=1),
    rule(api_error(400, "message_not_found"), message_id="tfb0ra70", attempt=1),
)


class Story(NamedTuple):
    """A part of a sentence, the steps whose last one is told it, and the steps of who follows it.

    `posted` are the rows that are stored in the end, `status` is the exit status of the last step. Steps are the
    command's arguments, or done by `World`; `{--already}` is the value of that option in what was said, `{plan}` the
    plan.
    """

    said: str
    told: str
    then: str
    posted: int = 0
    status: int = 0
    rules: tuple[Json, ...] = RULES


JUNE = "put june.csv 1 2; import june.csv"
KEPT = "mkdir ../../kept; mv june.results.csv ../../kept; mv june.results.csv.journal ../../kept"
OLDER = (
    "cp june.results.csv old; cp june.results.csv.journal old.journal; import june.csv --overlap allow; "
    "mv old june.results.csv; mv old.journal june.results.csv.journal"
)
DOUBT = "put june.csv 1 90; import june.csv"
FIRST = "1:timestamp=2026-06-01T10:00Z"
NEAR = f"{FIRST} 2:timestamp=2026-06-02T10:00Z"
COMPARE = "reconcile june.results.csv --against vendor.csv"
STORIES = [
    Story(
        "not the {} of --expect-rows",
        "put june.csv 1; import june.csv --expect-rows 2",
        "put june.csv 1 2; import june.csv --expect-rows 2",
        2,
    ),
    Story(
        "which --expect-rows does not count",
        "put june.csv 1 2 3:message_id=Total,revenue=4.00; check june.csv",
        "import june.csv --expect-rows 2",
        2,
        1,
    ),
    Story(
        "of --expect-total (difference {})",
        "put june.csv 1; import june.csv --expect-total 4.00",
        "put june.csv 1 2; import june.csv --expect-total 4.00",
        2,
    ),
    Story(
        "--allow-missing goes on: it {} beside",
        f"{JUNE}; put june.csv 3 4; import june.csv",
        "import june.csv --allow-missing",
        4,
    ),
    Story(
        "Another export needs --results of its own",
        f"{JUNE}; put june.csv 3 4; import june.csv",
        "import june.csv --results july.results.csv",
        4,
    ),
    Story(
        ", other --results, and these named with --already",
        f"put may.csv 1-4; import may.csv; put june.csv 1-4; import june.csv --overlap allow --limit 2; {OLDER}; "
        "import june.csv --overlap allow",
        "import june.csv --overlap allow --results new.results.csv --already june.results.csv",
        10,
    ),
    Story(
        "put the row back as it was; if",
        f"{JUNE}; put june.csv 1 2:revenue=9.00; import june.csv",
        "put june.csv 1 2; import june.csv",
        2,
    ),
    Story(
        "if it is a further event, --allow-missing goes on",
        f"{JUNE}; put june.csv 1 2:revenue=9.00; import june.csv",
        "import june.csv --allow-missing",
        3,
    ),
    Story(
        "put the rows that were corrected back as they were",
        f"{JUNE}; put june.csv 1:revenue=8.00 2:revenue=9.00 3; import june.csv",
        "put june.csv 1 2 3; import june.csv",
        3,
    ),
    Story(
        "the others, if they are further events, --allow-missing posts: it",
        f"{JUNE}; put june.csv 1:revenue=8.00 2:revenue=9.00 3; import june.csv",
        "import june.csv --allow-missing",
        5,
    ),
    Story(
        "Import the file as it was then",
        f"{JUNE}; put june.csv {NEAR}; import june.csv",
        "put june.csv 1 2; import june.csv",
        2,
    ),
    Story(
        "holds these as looks_recorded",
        f"{JUNE}; put june.csv {NEAR} 3; import june.csv",
        "import june.csv --allow-missing",
        3,
        1,
    ),
    Story(
        "none of them was ever sent, --allow-missing posts them",
        f"{JUNE}; rm june.results.csv.journal; put june.csv 1 2 3; import june.csv",
        "import june.csv --allow-missing",
        3,
    ),
    Story(
        "If lines were cut out, put back the whole file",
        f"{JUNE}; cp june.results.csv kept.csv; rm june.results.csv.journal; cut june.results.csv; import june.csv",
        "mv kept.csv june.results.csv; import june.csv",
        2,
    ),
    Story(
        "or its journal",
        f"{JUNE}; mv june.results.csv.journal kept; cut june.results.csv; import june.csv",
        "mv kept june.results.csv.journal; import june.csv",
        2,
    ),
    Story(
        "is a folder; name the results files in it",
        f"{JUNE}; {KEPT}; put july.csv 1 3; import july.csv --already ../../kept",
        "import july.csv --already '../../kept/*.results.csv'",
        3,
    ),
    Story(
        "matches no results file",
        f"{JUNE}; put july.csv 1 3; import july.csv --already '*.results.parquet'",
        "import july.csv --already '*.results.csv'",
        3,
    ),
    Story(
        "does not exist; name the results file of an earlier import",
        f"{JUNE}; put july.csv 1 3; import july.csv --already jun.results.csv",
        "import july.csv --already june.results.csv",
        3,
    ),
    Story(
        "--already takes the results files of earlier imports",
        f"{JUNE}; put july.csv 1 3; import july.csv --already june.csv",
        "import july.csv --already june.results.csv",
        3,
    ),
    Story(
        "Name results of this API with --already",
        "put june.csv 1 2; import june.csv --sandbox; import june.csv; "
        "put july.csv 1 3; import july.csv --already june.sandbox.results.csv",
        "import july.csv --already june.results.csv",
        3,
    ),
    Story(
        "Continue there with --results",
        f"{JUNE}; cp june.csv again.csv; import again.csv",
        "import again.csv --results june.results.csv",
        2,
    ),
    Story(
        "leave such rows out with",
        f"{JUNE}; put again.csv 1 2 3; import again.csv",
        "import again.csv --already {--already}",
        3,
    ),
    Story(
        "or post them once more with --overlap allow",
        f"{JUNE}; put again.csv 1; import again.csv",
        "import again.csv --overlap {--overlap}",
        3,
    ),
    Story(
        "If they are the same events, leave them out with",
        f"{JUNE}; put again.csv {NEAR} 3; import again.csv",
        "import again.csv --already {--already}",
        3,
        1,
    ),
    Story(
        "{}, --overlap allow posts them",
        f"{JUNE}; put again.csv {NEAR}; import again.csv",
        "import again.csv --overlap allow",
        4,
    ),
    Story(
        "already, nearly the same",
        f"put june.csv 1 2 3; import june.csv; put july.csv {FIRST} 4 5 6; check july.csv",
        "import july.csv --already {--already}",
        6,
        1,
    ),
    Story(
        "Put the file back with its journal",
        f"{JUNE}; {KEPT}; import june.csv",
        "mv ../../kept/june.results.csv .; mv ../../kept/june.results.csv.journal .; import june.csv",
        2,
    ),
    Story(
        "or name it where it is now with --already PATH",
        f"{JUNE}; {KEPT}; import june.csv",
        "import june.csv --already ../../kept/june.results.csv",
        2,
    ),
    Story(
        "some of them once more perhaps, with --overlap allow",
        f"{JUNE}; {KEPT}; import june.csv",
        "import june.csv --overlap allow",
        4,
    ),
    Story(
        "Take it out of the input; if",
        "put june.csv 1 2 3; import june.csv; put again.csv 1 2 3:revenue=9.00 4; import "
        "again.csv --already june.results.csv",
        "put again.csv 1 2 4; import again.csv --already june.results.csv",
        4,
    ),
    Story(
        "if it is a further event, --allow-missing posts it",
        "put june.csv 1 2 3; import june.csv; put again.csv 1 2 "
        "3:revenue=9.00; import again.csv --already june.results.csv",
        "import again.csv --already june.results.csv --allow-missing",
        4,
    ),
    Story(
        "Take those that were corrected out of the input",
        "put june.csv 1-4; import june.csv; put again.csv 1 2 3:revenue=8.00 4:revenue=9.00 5; import "
        "again.csv --already june.results.csv",
        "put again.csv 1 2 5; import again.csv --already june.results.csv",
        5,
    ),
    Story(
        "the others, if they are further events, --allow-missing posts.",
        "put june.csv 1-4; import june.csv; put again.csv 1 2 3:revenue=8.00 4:revenue=9.00 5; import "
        "again.csv --already june.results.csv",
        "import again.csv --already june.results.csv --allow-missing",
        7,
    ),
    Story(
        "If it is, choose another --results",
        "put june.csv 1; import june.csv --sandbox -o r.csv; import june.csv -o r.csv",
        "import june.csv -o other.csv",
        1,
    ),
    Story(
        "or give the same --shard",
        "put june.csv 1; import june.csv --shard 1/2 -o r.csv; import june.csv -o r.csv",
        "import june.csv --shard 1/2 -o r.csv",
        1,
    ),
    Story(
        "Give what was approved",
        "put june.csv 1; check june.csv; put june.csv 1 2; import june.csv --expect-plan {plan}",
        "put june.csv 1; import june.csv --expect-plan {plan}",
        1,
    ),
    Story(
        "and have that plan approved",
        "put june.csv 1; check june.csv; put june.csv 1 2; import june.csv --expect-plan {plan}",
        "check june.csv; import june.csv --expect-plan {plan}",
        2,
    ),
    Story(
        "if they were moved, name them with --already",
        f"{JUNE}; {KEPT}; put july.csv 3; check july.csv",
        "import july.csv --already ../../kept/june.results.csv; check july.csv",
        3,
    ),
    Story(
        "Set XDG_STATE_HOME to a folder that can be, name such",
        "put june.csv 1; cp june.csv no; env XDG_STATE_HOME $PWD/no/state; import june.csv",
        "env XDG_STATE_HOME $PWD/state; import june.csv",
        1,
    ),
    Story(
        "would not be seen. Set XDG_STATE_HOME to a folder that can be, or say --no-index",
        "put june.csv 1; cp june.csv no; env XDG_STATE_HOME $PWD/no/state; import june.csv",
        "import june.csv --no-index",
        1,
    ),
    Story(
        "need --results: name the file",
        "put june.csv 1; put july.csv 2; import june.csv july.csv",
        "import june.csv july.csv --results both.csv",
        2,
    ),
    Story(
        "give --results a name that ends in one of them",
        "put june.csv 1; import june.csv -o r.txt",
        "import june.csv -o r.parquet",
        1,
    ),
    Story(
        "Choose another --results.",
        "put june.csv 1; cp june.csv mine.csv; import june.csv -o mine.csv",
        "import june.csv -o other.csv",
        1,
    ),
    Story(
        "move it away or choose another --results",
        "put june.csv 1; cp june.csv june.results.csv.journal; import june.csv",
        "mv june.results.csv.journal mine; import june.csv",
        1,
    ),
    Story(
        "{} is not a regular file. Choose another place with --results",
        "put june.csv 1; fifo june.results.csv.journal; import june.csv",
        "import june.csv --results other.csv",
        1,
    ),
    Story(
        "cannot be written: {}. Choose another place with --results",
        f"put june.csv 1; import june.csv -o {'n' * 248}.csv",
        "import june.csv -o other.csv",
        1,
    ),
    Story(
        "--shard I/N imports one part here",
        "put june.csv 1 2; import june.csv --shards 1",
        "import june.csv --shard 1/1",
        2,
    ),
    Story(
        "--sandbox and --base-url name two places: choose one",
        "put june.csv 1; import june.csv --sandbox --base-url x",
        "import june.csv --sandbox",
    ),
    Story(
        "is no profile, so it is not overwritten",
        "put june.csv 1; check june.csv --save-profile june.csv",
        "check june.csv --save-profile june.toml; check june.csv --profile june.toml",
    ),
    Story("Try '{} --help'", "import --rats 5", "import --help"),
    Story(
        "Put it into the environment variable TRACKLY_API_KEY",
        "put june.csv 1; env TRACKLY_API_KEY; import june.csv",
        f"env TRACKLY_API_KEY {CANARY_KEY}; import june.csv",
        1,
    ),
    Story(
        "The API was not found at this address",
        "put june.csv 1; import june.csv --base-url {url}/wrong",
        "import june.csv --base-url {url}",
        1,
    ),
    # What an import and a check name as the next step, and what their codes advise.
    Story(
        "with --strict nothing is posted while rows are invalid",
        "put june.csv 1 2:revenue=x; import june.csv --strict",
        "import june.csv",
        1,
        1,
    ),
    Story(
        "with --strict an import posts nothing",
        "put june.csv 1 2:revenue=x; check june.csv --strict",
        "import june.csv",
        1,
        1,
    ),
    Story(
        "the same command without --limit posts the rest",
        "put june.csv 1 2; import june.csv --limit 1",
        "import june.csv",
        2,
    ),
    Story(
        "the same command with --duplicates post, or with",
        "put june.csv 1 1; import june.csv",
        "import june.csv --duplicates post",
        2,
    ),
    Story("or with --duplicates skip", "put june.csv 1 1; import june.csv", "import june.csv --duplicates skip", 1),
    Story(
        "an import with --retry-rejected posts",
        "put june.csv 1 70; import june.csv",
        "import june.csv --retry-rejected",
        2,
    ),
    Story(
        "settle with `resolve` what is in doubt in the earlier results",
        f"{DOUBT}; put july.csv 90 2; import july.csv --already june.results.csv",
        "resolve june.results.csv --row 2 --not-recorded --why x --sure; import july.csv --already june.results.csv",
        3,
    ),
    Story(
        "{} --row N{} {}", DOUBT, "resolve june.results.csv --row 2 --not-recorded --why x --sure; import june.csv", 2
    ),
    Story(
        "--source FILE",
        "put june.csv 1 90; put july.csv 2; import june.csv july.csv -o r.csv",
        "resolve r.csv --row 2 --source june.csv --recorded --why x; import june.csv july.csv -o r.csv",
        2,
    ),
    Story(
        "that are no longer in the input (at the end of {})",
        f"{DOUBT}; put june.csv 1; import june.csv",
        "resolve june.results.csv --message-id tfb0ra90 --not-recorded --why x --sure; import june.csv",
        1,
    ),
    # Verdicts.
    Story(
        "or say --sure now",
        f"{DOUBT}; resolve june.results.csv --row 2 --not-recorded --why x",
        "resolve june.results.csv --row 2 --not-recorded --why x --sure; import june.csv",
        2,
    ),
    Story(
        "Say either --recorded or --not-recorded",
        f"{DOUBT}; resolve june.results.csv --row 2 --recorded --not-recorded --why x",
        "resolve june.results.csv --row 2 --recorded --why x; import june.csv",
        1,
    ),
    Story(
        "Name the row with --row or --message-id",
        f"{DOUBT}; resolve june.results.csv --recorded --why x",
        "resolve june.results.csv --message-id tfb0ra90 --recorded --why x; import june.csv",
        1,
    ),
    Story(
        "Say with --why how you know",
        f"{DOUBT}; resolve june.results.csv --row 2 --recorded",
        "resolve june.results.csv --row 2 --recorded --why x; import june.csv",
        1,
    ),
    Story(
        "--revenue-id goes with --recorded",
        f"{DOUBT}; resolve june.results.csv --row 2 --not-recorded --why x --revenue-id abc",
        "resolve june.results.csv --row 2 --recorded --why x --revenue-id abc; import june.csv",
        1,
    ),
    Story(
        "or --from, not both",
        f"{DOUBT}; resolve june.results.csv --verdicts v.csv; fill v.csv recorded; resolve "
        "june.results.csv --from v.csv --row 2",
        "resolve june.results.csv --from v.csv; import june.csv",
        1,
    ),
    Story(
        "give --verdicts a name that ends in one of them",
        f"{DOUBT}; resolve june.results.csv --verdicts v.txt",
        "resolve june.results.csv --verdicts v.csv; fill v.csv recorded; resolve june.results.csv --from v.csv",
        1,
    ),
    Story(
        "revenue-importer resolve {} --from {}",
        f"{DOUBT}; resolve june.results.csv --verdicts v.xlsx",
        "resolve june.results.csv --verdicts v.csv; fill v.csv recorded; resolve june.results.csv --from v.csv",
        1,
    ),
    Story(
        "Say which with --row and --source. One that has left",
        "put june.csv 92 92:revenue=1.00,timestamp=2026-06-03; "
        "import june.csv --concurrency 1; resolve june.results.csv --message-id tfb0ra92 --recorded --why x",
        "resolve june.results.csv --row 1 --source june.csv --recorded --why x",
    ),
    Story(
        "say which with --source",
        "put june.csv 1 90; put july.csv 2 80; import june.csv july.csv -o r.csv; "
        "resolve r.csv --row 2 --recorded --why x",
        "resolve r.csv --row 2 --source july.csv --recorded --why x; "
        "resolve r.csv --row 2 --source june.csv --recorded --why x; import june.csv july.csv -o r.csv",
        3,
    ),
    # The report.
    Story(
        "None are on record (--expect-rows, --expect-total)",
        f"{JUNE}; report june.results.csv",
        "import june.csv --expect-rows 2; report june.results.csv",
        2,
    ),
    Story(
        "Import it again with --expect-rows",
        "put june.csv 1; import june.csv --expect-rows 1; put june.csv 1 2; import june.csv; report june.results.csv",
        "import june.csv --expect-rows 2; report june.results.csv",
        2,
    ),
    # Comparisons with the vendor's records.
    Story(
        "Say with --why where the export is from",
        f"{JUNE}; export vendor.csv; {COMPARE} --apply all",
        f"{COMPARE} --apply all --why x",
        2,
    ),
    Story(
        "Say what those have that came by the API: --ours",
        f"{JUNE}; export vendor.csv; {COMPARE} --ours source!=api",
        f"{COMPARE} --ours source=api",
        2,
    ),
    Story(
        "--ours: no line of {} has that value",
        f"{JUNE}; export vendor.csv revenue_id=; {COMPARE} --ours source=app",
        f"{COMPARE} --ours source=api",
        2,
    ),
    Story(
        "--ours does not mark what came by the API",
        f"{JUNE}; export vendor.csv; {COMPARE} --ours message_id=tfb0ra01",
        f"{COMPARE} --ours source=api",
        2,
    ),
    Story(
        "--against takes one. Put them together",
        f"{JUNE}; mkdir parts; export parts/1.csv; export parts/2.csv; reconcile june.results.csv --against parts",
        f"export vendor.csv; {COMPARE}",
        2,
    ),
    Story(
        "--against takes the vendor's export",
        f"{JUNE}; reconcile june.results.csv --against june.results.csv",
        f"export vendor.csv; {COMPARE}",
        2,
    ),
    Story(
        "--against takes an export of what the vendor has",
        f"{JUNE}; reconcile june.results.csv --against june.csv",
        f"export vendor.csv; {COMPARE}",
        2,
    ),
    Story(
        "choose the lines of one with",
        f"{JUNE}; export vendor.csv currency=USD; export more currency=EUR; join vendor.csv more; {COMPARE}",
        f"{COMPARE} --where currency=usd",
        2,
    ),
    Story(
        "lines that are no records",
        f"{JUNE}; export vendor.csv; add vendor.csv ,n/a,,,,,footer; {COMPARE}",
        f"{COMPARE} --where source=api",
        2,
    ),
    Story(
        "--decimal comma reads",
        f"{JUNE}; export vendor.csv; edit vendor.csv .50 ,50; {COMPARE} --decimal point",
        f"{COMPARE} --decimal comma",
        2,
    ),
    Story(
        "leaves the column out",
        f"{JUNE}; export vendor.csv; edit vendor.csv 2026-06-01T10:00:05Z long; {COMPARE}",
        f"{COMPARE} --ignore timestamp",
        2,
    ),
    Story(
        "--verdicts {} exists, and is no draft",
        f"{JUNE}; export vendor.csv; {COMPARE} --verdicts june.csv",
        f"{COMPARE} --verdicts draft.csv",
        2,
    ),
    Story(
        "--report {} exists, and is no report",
        f"{JUNE}; export vendor.csv; cp june.csv mine.html; {COMPARE} --report mine.html",
        f"{COMPARE} --report r.html",
        2,
    ),
    Story(
        "--apply and --verdicts need",
        f"{JUNE}; days days.csv; reconcile june.results.csv --against days.csv --map timestamp=date --apply all "
        "--why x",
        f"export vendor.csv; {COMPARE} --apply all --why x",
        2,
    ),
    Story(
        "holds message ids. Say --map message_id",
        f"{JUNE}; export vendor.csv; edit vendor.csv message_id 'click ref'; {COMPARE}",
        f"{COMPARE} --map {{--map}}",
        2,
    ),
    Story(
        "If it is that, leave it out: --ignore revenue_id",
        f"put june.csv 1 2 3 4 5 6; import june.csv; export vendor.csv revenue_id=n; {COMPARE}",
        f"{COMPARE} --ignore revenue_id",
        6,
    ),
    Story(
        "name it: --ours COLUMN=VALUE",
        f"put june.csv 1-40 80; import june.csv; export vendor.csv; {COMPARE} --settle 0s",
        f"{COMPARE} --settle 0s --ours source=api --apply all --why x",
        41,
    ),
    Story(
        "Close it where it is open, make room, or choose another place with",
        f"put june.csv 1; import june.csv -o {'n' * 300}.csv",
        "import june.csv -o other.csv",
        1,
    ),
    Story(
        "is a file, not a folder; choose another place",
        "put june.csv 1; cp june.csv no; import june.csv -o no/r.csv",
        "import june.csv -o other.csv",
        1,
    ),
    Story(
        "does not exist; make it, or",
        "put june.csv 1; import june.csv -o missing/r.csv",
        "mkdir missing; import june.csv -o missing/r.csv",
        1,
    ),
    Story(
        "The input options are in {}: give it as --profile",
        "put june.csv 1:revenue=x,offer_id=NULL; check june.csv --null NULL --null x --save-profile june.toml",
        "put june.csv 1:offer_id=NULL; import june.csv --profile june.toml",
        1,
    ),
    Story(
        "The API is not at this address: it answers with a redirect",
        "put june.csv 60; import june.csv",
        "import june.csv --base-url {url}",
        1,
    ),
    Story(
        "Check --base-url, and what stands between",
        "put june.csv 61; import june.csv",
        "import june.csv --base-url {url}",
        1,
    ),
    Story(
        "The list of offers could not be had for --check-offers",
        "put june.csv 1; import june.csv --check-offers --attempts 1",
        "import june.csv --check-offers",
        1,
        rules=(rule(api_error(503), endpoint="offers", nth=1),),
    ),
    Story(
        "Leave the option out, or ask the vendor",
        "put june.csv 1; import june.csv --check-offers",
        "import june.csv",
        1,
        rules=(rule(api_error(404), endpoint="offers"),),
    ),
    Story(
        "Try again, leave the option out, or ask the vendor",
        "put june.csv 1; import june.csv --check-offers",
        "import june.csv",
        1,
        rules=(rule(answer(200, '{"offers": []}'), endpoint="offers"),),
    ),
    Story(
        "Use https, or --allow-http",
        "put june.csv 1; import june.csv --base-url http://nowhere.invalid",
        "check june.csv --base-url http://nowhere.invalid --allow-http",
    ),
    Story(
        "rows differ in attribution type or offer alone",
        f"put june.csv 1-4; import june.csv; export vendor.csv offer_id=x revenue_id=; {COMPARE}",
        f"{COMPARE} --ignore offer_id",
        4,
    ),
    Story(
        "the time of storing, say so: --map",
        f"put june.csv 1-4; import june.csv; export vendor.csv timestamp=2026-07-01 revenue_id=; {COMPARE}",
        f"{COMPARE} --map stored_at=timestamp",
        4,
    ),
    Story(
        "say with --timezone the zone of the vendor's account",
        f"put june.csv 1-9; import june.csv; export vendor.csv; edit vendor.csv T10:00:05Z ' 15:45:05'; {COMPARE}",
        f"{COMPARE} --timezone Asia/Kathmandu",
        9,
    ),
    Story(
        "resolve {} --row N --recorded|--not-recorded --why TEXT",
        f"{DOUBT}; days days.csv; reconcile june.results.csv --against days.csv --map timestamp=date",
        "resolve june.results.csv --row 2 --recorded --why x; reconcile june.results.csv --against days.csv "
        "--map timestamp=date",
        1,
        1,
    ),
    Story(
        '--recorded --revenue-id ID --why "TEXT"',
        f"{DOUBT}; report june.results.csv",
        "resolve june.results.csv --row 2 --recorded --revenue-id abc --why x; report june.results.csv",
        1,
    ),
    Story(
        '--not-recorded --why "TEXT"',
        f"{DOUBT}; report june.results.csv",
        "resolve june.results.csv --row 2 --not-recorded --why x --sure; import june.csv; report june.results.csv",
        2,
    ),
    Story(
        "{} --from verdicts.csv",
        f"{DOUBT}; report june.results.csv",
        "add verdicts.csv row,verdict,why; add verdicts.csv 2,recorded,x; "
        "resolve june.results.csv --from verdicts.csv; report june.results.csv",
        1,
    ),
    Story(
        "--any-message-id accepts ids of another length",
        "put june.csv 1:message_id=abc; import june.csv",
        "import june.csv --any-message-id",
        1,
    ),
    Story(
        "say a higher --max-revenue",
        "put june.csv 1; import june.csv --max-revenue 1",
        "import june.csv --max-revenue 2",
        1,
    ),
    Story(
        "--value attribution_type:WORD=sale says",
        "put june.csv 1:attribution_type=VK; import june.csv",
        "import june.csv --value attribution_type:VK=sale",
        1,
    ),
    Story(
        "--null says which word is an empty cell",
        "put june.csv 1:offer_id=NULL; import june.csv",
        "import june.csv --null NULL",
        1,
    ),
    Story(
        "describe the file's form with --timestamp-format",
        "put june.csv 1:timestamp=1.6.2026; import june.csv",
        "import june.csv --timestamp-format %d.%m.%Y",
        1,
    ),
    Story(
        "Check --timezone: in that zone",
        "put june.csv 1:timestamp=2026-03-29T02:30; import june.csv --timezone Europe/Rome",
        "import june.csv --timezone Europe/London",
        1,
    ),
    Story(
        "choose with --ambiguous earliest or latest",
        "put june.csv 1:timestamp=2025-10-26T02:30; import june.csv --timezone Europe/Rome",
        "import june.csv --timezone Europe/Rome --ambiguous latest",
        1,
    ),
    Story(
        "say with --null which are empty cells",
        "put june.csv 1:timestamp=1970-01-01; import june.csv",
        "import june.csv --null 1970-01-01",
        1,
    ),
    Story(
        "say another --period",
        "put june.csv 1; import june.csv --period 2026-05",
        "import june.csv --period 2026-06",
        1,
    ),
    Story(
        "the --where that is named there",
        "put june.csv 1 2 3:message_id=Total,revenue=4.00; import june.csv",
        "import june.csv --where {--where}",
        2,
    ),
    Story(
        "run again with --duplicates post", "put june.csv 1 1; import june.csv", "import june.csv --duplicates post", 2
    ),
    Story(
        "if not, with --duplicates skip", "put june.csv 1 1; import june.csv", "import june.csv --duplicates skip", 1
    ),
]

FURTHER_EVENTS = "plan/test_restated.py::test_further_events_that_were_held_are_posted_as_the_advice_says"
OTHER_TIMES = "plan/test_other_times.py::test_what_it_advises_leaves_these_rows_out_and_no_others"
# The sentence is said in that test, and what it names is followed there, or by a story above.
ELSEWHERE = {
    "Wait for it to end, then": "plan/test_other_results.py::test_a_second_run_is_refused_wherever_its_results_lie",
    "Put it right or": "plan/test_other_results.py::test_a_neighbour_that_nobody_can_read_stops_the_import",
    "of the oldest notes": "plan/test_results_index.py::test_only_a_bounded_number_of_notes_is_kept",
    "leave the rows that look recorded out of the file": FURTHER_EVENTS,
    "Leave the row out. If the dashboard shows": FURTHER_EVENTS,
    "records at other times (such as": OTHER_TIMES,
    "leave them out with --where {}": OTHER_TIMES,
    "leave the others out with --where {}": "plan/test_other_times.py::"
    "test_the_advice_leaves_no_further_row_of_a_message_out",
    "and were dropped": "plan/test_results_index.py::test_a_damaged_note_is_said_and_dropped",
    "same command again, with {}": "e2e/test_import.py::test_a_killed_run_that_held_rows_is_continued_with_its_option",
    "Say which with SHEET!CELL": "e2e/test_sheets.py::test_a_cell_that_means_no_row_is_refused",
    "say --timezone {}": "reconciling/test_command.py::test_times_of_another_zone_are_refused_with_the_zone",
    "Say --hidden read to": "reconciling/test_command.py::test_rows_that_a_workbook_hides_are_asked_about",
    "resolve {} --from verdicts.csv": "reconciling/test_command.py::test_the_draft_is_what_resolve_reads",
    "--apply recorded {}": "reconciling/test_command.py::test_its_next_commands_work",
    "--apply all {}": "reconciling/test_command.py::test_its_next_commands_work",
    "--why 'vendor export'": "reconciling/test_command.py::test_its_next_commands_work",
    "--set attribution_type=sale helps": "cli/test_advice.py::test_it_gets_on",
    "--debug shows more": "cli/test_commands.py::test_debug_shows_the_traceback_of_an_error",
    "say which to continue with --shards": "cluster/test_cluster.py::test_results_of_another_number_of_shards",
    "Give --api-key-file": "web/test_command.py::test_a_month_with_two_people_and_rows_in_doubt",
    "Add users with `revenue-importer user add": "web/test_command.py::test_users_are_listed_and_disabled",
    "give their file with --users": "web/test_command.py::test_a_month_with_two_people_and_rows_in_doubt",
    "give --tls-cert and --tls-key, or": "web/test_command.py::test_tls_of_its_own",
    "go together: give both": "web/test_command.py::test_tls_of_its_own",
    "leave --tls-cert out": "web/test_command.py::test_a_socket_for_a_proxy",
    "--allowed-host adds one": "web/test_command.py::test_a_socket_for_a_proxy",
}
# Advice that no test can follow, and why.
NOT_HERE = {
    "--ours '{}' is not {}.": "for programs: the command line has another sentence",
    "check the host name in --base-url": "a certificate of the right host",
    "choose a local disk with --results": "a network disk",
    "give --results another, or one in .csv": "macOS has no such names, and Linux is tested with them for inputs",
    "too many for a workbook to fill in": "a million rows in doubt",
    "see ulimit -n, or lower --concurrency": "the limits of a whole process",
    "give one ASCII character, such as": "for programs: the command line has another sentence",
    "a longer --timeout may prevent more": "what may be, and is no way on",
    "--scheduler needs Dask": "an installation",
    "The workers of a cluster can use neither": "a cluster of several computers",
    "a cluster imports all shards (--shards N)": "a cluster",
    "For a canary post a few rows of one": "a cluster",
    "Use that page, or another --data": "two pages at once",
    "choose another --port": "a port that another program has",
    "See --tls-cert and --tls-key": "a certificate of somebody's",
}
NO_ADVICE = (
    "--currency, beside which an amount that shows another",
    "told by --expect-plan",
    "Example",
    "Environment:",
    "TOML file of the options",
    "Write the options of Reading",
    "Import in shards on",
    "How many shards",
    "Record what --apply says?",
    "Write the rows in doubt to this new file",
    "Take --not-recorded also",
    "Answers that come --slow-ms",
    "Who may log in",
    "with --watch one a line",
    "because of --strict",
    "users.json of --data",
    "with --strict nothing is posted",
    "the row is left out knowingly",
    "Is it another file",
    "another --key",
    "offer or --key",
    "time or --key",
    "also matches results of another API",
    "the results of --already know",
    "which is not given now",
    "--hidden or an empty mark of --ours",
    "later than the attempt and --settle",
    "no --ours marks it",
    "posted again with --in-doubt resend",
    "more: see --json",
    "the tallest is {} with {}.",
    "the journal of --results",
    "Write a draft that",
    "Required with --apply",
    "somebody has to say with --map",
    "Rows outside are invalid",
    "The API refused to list the offers",
    "--recorded|--not-recorded --why TEXT",
    "--stray-429-rate",
)
ROOMS = (
    "api",
    "cli",
    "cluster",
    "codes.py",
    "disk",
    "journal",
    "plan",
    "reconciling",
    "report",
    "results",
    "run",
    "send",
    "settings",
    "web/folder.py",
    "web/guard.py",
    "web/server.py",
    "web/settings.py",
)


@pytest.fixture(scope="module")
def server(server_forker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultServerProcess]:
    """One for all stories, each of which gets a plan of its own."""
    ledger = tmp_path_factory.mktemp("server") / "ledger"
    with FaultServerProcess(plan(), ledger, forker=server_forker) as process:
        yield process


@pytest.mark.usefixtures("old_neighbours")
@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.said[:40]}: {story.then[:40]}")
def test_it_gets_on(
    story: Story,
    server: FaultServerProcess,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The sentence is said; who follows it gets past it, and so many rows are stored."""
    folder = tmp_path / "year" / "month"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    server.replan(plan(*story.rules))
    world = World(server, monkeypatch, capsys)
    _, said = world.do(story.told)
    assert says(said, story.said), said
    status, after = world.do(story.then)
    assert (status, len(world.stored())) == (story.status, story.posted), after
    assert not says(after, story.said), after


def test_no_sentence_is_forgotten() -> None:
    """Each that names an option is followed here, or by the test that is named, or cannot be, or gives no advice."""
    followed = [story.said for story in STORIES]
    known = [*followed, *ELSEWHERE, *NOT_HERE, *NO_ADVICE]
    found = [*sentences(*ROOMS)]
    assert [text for text in found if not any(part in text for part in known)] == []
    assert [name for name in ELSEWHERE.values() if not is_a_test(name)] == []
    assert [part for part in known if not any(part in text for text in found)] == []
