"""The offers of an invented account, for `GET /v2/offers`."""

from __future__ import annotations

_ROWS = (
    ("66a4f0c2b1d94e7f8a310c01", "Sunny Lane Candles - Summer Box", "4521", "active"),
    ("66a4f0c2b1d94e7f8a310c02", "Sunny Lane Candles - Refill", "4522", "active"),
    ("66a4f0c2b1d94e7f8a310c03", "Harbor Tea Club - First Month", "4610", "active"),
    ("66a4f0c2b1d94e7f8a310c04", "Harbor Tea Club - Yearly Plan", "4611", "active"),
    ("66b81d9e5c2f437a90be4d05", "Pinecrest Outdoor - Day Pack", "5103", "active"),
    ("66b81d9e5c2f437a90be4d06", "Pinecrest Outdoor - Two-Person Tent", "5104", "active"),
    ("66b81d9e5c2f437a90be4d07", "Quickstep Fitness - Trial Week", "007", "active"),
    ("66c90aa47e13420b8d5f6108", "Quickstep Fitness - Annual Pass", "5230", "active"),
    ("66c90aa47e13420b8d5f6109", "Morning Desk Newsletter - Signup", "6001", "active"),
    ("66c90aa47e13420b8d5f610a", "Bluefin Credit Check - Lead", "6120", "paused"),
    ("65d2337f18ab4c06b2e7710b", "Winter Socks Sale", "3302", "archived"),
    ("65d2337f18ab4c06b2e7710c", "Harbor Tea Club - Holiday Tin", "3310", "archived"),
)

OFFERS = tuple(dict(zip(("id", "name", "external_id", "status"), row, strict=True)) for row in _ROWS)


def page_of_offers(page: int, per_page: int, status: str | None) -> dict[str, object]:
    """One page, numbered from 1. Archived offers are listed only when asked for (the vendor's API documentation)."""
    chosen = [offer for offer in OFFERS if (offer["status"] == status if status else offer["status"] != "archived")]
    first, total = (page - 1) * per_page, len(chosen)
    return {
        "offers": chosen[first : first + per_page],
        "pagination": {"page": page, "per_page": per_page, "total": total, "total_pages": -(-total // per_page)},
    }
