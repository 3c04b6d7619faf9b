"""Names under which networks and shops export a field. Suggested, never taken: only the user knows."""

from __future__ import annotations

import re

from importer.model import FIELDS

OTHER_NAMES = {
    "message_id": (
        *("messageid", "msg_id", "msgid", "sms_id", "send_id", "sendid"),
        *("aff_sub", "aff_sub1", "aff_sub2", "aff_sub3", "aff_sub4", "aff_sub5"),
        *("affiliate_unique1", "affiliate_unique2", "affiliate_unique3", "affiliate_unique4", "affiliate_unique5"),
        *("sub_id", "subid", "sub_id1", "subid1", "sub1", "s1", "clickid", "click_id", "source"),
    ),
    "revenue": (
        *("amount", "payout", "sale_amount", "conversion_payout", "commission", "earnings", "order_value"),
        *("price", "value", "total", "sum"),
    ),
    "attribution_type": ("attribution", "type", "event_type", "event", "conversion_type", "action", "goal"),
    "offer_id": ("offerid", "offer", "oid", "external_offer_id", "trackly_offer_id"),
    "timestamp": ("time_stamp", "timestamp_utc", "event_time", "occurred_at", "created_at", "datetime", "date", "ts"),
}
KNOWN_NAMES = frozenset((*FIELDS, *(name for names in OTHER_NAMES.values() for name in names)))
LIKE_A_TIME = re.compile(r"(?:^|_)(?:date|time|datetime|date_time|timestamp|time_stamp)(?:_|$)|_(?:at|on|utc)$")
