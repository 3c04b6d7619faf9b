"""The wire: one HTTP/1.1 request as an httpx transport, and whether it may have left this machine.

    wire         `Transport`: one request, one whole answer, or one of two exceptions
    connections  new ones through aiohttp, used ones while they are as good as new
    deadlines    one timer for the deadlines of all requests
    failures     what went wrong, in the words of a user

Why not httpx's own pool: it rebuilds its list of connections for every request and so costs ten times as much. Why not
aiohttp's own requests: they cost three times what the rest of a row does, and tell of a failure by the name of an
exception. Two transports on the market report an answer that was lost as a connection that was never made, which would
post a row twice. Here one fact decides: as long as there was no connection to write to, nothing has left.
"""

from importer.api.wire.wire import AnswerLost as AnswerLost
from importer.api.wire.wire import Body as Body
from importer.api.wire.wire import NeverSent as NeverSent
from importer.api.wire.wire import Transport as Transport
