"""The wire: one HTTP/1.1 request as an httpx transport, and whether it may have left this machine.

    transport    one request, one whole answer, or one of two exceptions
    link         one connection: a request out, an answer in
    answer       one answer, read by httptools
    opening      new connections: names, addresses, TLS, proxies
    connections  used ones, while they are as good as new
    deadlines    one timer for the deadlines of all requests
    failures     the two exceptions, and what went wrong in the words of a user

Why not httpx's own pool: it rebuilds its list of connections for every request and so costs ten times as much. Why not
another client below it: they repeat requests, or tell of a failure by the name of an exception; two transports on the
market report an answer that was lost as a connection that was never made, which would post a row twice. Here it is one
fact that decides: until `Link.write` was called, nothing has left.
"""

from importer.api.wire.failures import AnswerLost as AnswerLost
from importer.api.wire.failures import NeverSent as NeverSent
from importer.api.wire.opening import MakesOpener as MakesOpener
from importer.api.wire.opening import Opener as Opener
from importer.api.wire.opening import Opens as Opens
from importer.api.wire.transport import Body as Body
from importer.api.wire.transport import Transport as Transport
