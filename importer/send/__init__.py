"""When an attempt starts, and what its end means for the run. Knows nothing of HTTP and of RESULTS.

loop           sets up what posting needs, posts the rows, hears signals, shows progress
worker         which rows are tried when: `WorkerPool`; retry: the waiting between two attempts of a row
poster         the way of one attempt: a slot, a permit, intents on disk, the request, outcomes on disk
attempt        rows, and one attempt to post them in the words of the journal
judge          what an outcome means for the run; counts: what has happened so far
slots          how many attempts are in flight, and who waits
breaker/       whether the next attempt may start: outages, lost answers, pauses
rate_limiter   when the next attempt may start; adaptive_rate: the rate that follows from 429; recent_answers: what
               they say
metrics        what a run measures of the API
surroundings   what all this takes from outside: event loop, clock, chance, connections
stop_reasons   why a run ends early
"""

from importer.send.attempt import Row as Row
from importer.send.loop import CANCELLED as CANCELLED
from importer.send.loop import Sent as Sent
from importer.send.loop import send as send
from importer.send.stop_reasons import Stop as Stop
from importer.send.surroundings import Surroundings as Surroundings
