"""Whether the next attempt may start, as the outcomes so far have it.

A run begins *narrow*: one row at a time until the API has given an answer to believe, so that a refused key or a wrong
address costs one request. After that, four states change what may start:

    Outage        nothing can be sent: one try at a time with growing pauses, until something answers
    ToldPauses    an answer in doubt asked for a pause (`Retry-After` of a 503): nothing starts, then one row at a time
    Probing       the breaker is *open* (three requests in a row ended in doubt): the rows in flight end, then a request
                  that risks no money is tried until it is answered; *half-open* after it: one row at a time until one
                  is recorded, then slowly more (`SlowStart`)
    Probation     a run that continues one which stopped for doubts: one row at a time at first, and the first doubt
                  ends it

Which file holds what:

    breaker        `CircuitBreaker`: hears the outcomes and goes from state to state
    outage         `Outage` and `Probing`: trying until something answers
    told_pauses    `ToldPauses`
    few_at_a_time  `Probation` and `SlowStart`
    bad_ends       three doubts in a row, too many of the last hundred, trip after trip; rows in a row that ended badly
    timing         clock, sleep and chance, to be replaced in tests

Each outage, told pause and trip begins a new *epoch*. What began in an earlier one says nothing about the present: it
neither pauses the run nor ends a pause. Times are in seconds.
"""

from importer.send.breaker.breaker import CircuitBreaker as CircuitBreaker
from importer.send.breaker.timing import Timing as Timing
