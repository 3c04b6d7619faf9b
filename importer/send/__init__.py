"""When an attempt starts, and what its end means for the run. Knows nothing of HTTP and of RESULTS.

loop           sets up the wire, the pace and the breaker, posts the rows, hears signals, shows progress
worker         one row: its intent on disk, its request, its outcome on disk, its one fate
attempt        one attempt in the words of the journal; retry: the waiting between two of them
slots          how many attempts are in flight, and who waits
breaker/       whether the next attempt may start: outages, lost answers, pauses
rate_limiter   when the next attempt may start; adaptive_rate: the rate that follows from 429; recent_answers: what
               they say
metrics        what a run measures of the API
stop_reasons   why a run ends early; repeated_ids: revenue ids that two rows were given
"""

from importer.send.attempt import Row
from importer.send.loop import CANCELLED, Sent, send
from importer.send.stop_reasons import Stop

__all__ = ["CANCELLED", "Row", "Sent", "Stop", "send"]
