"""Import revenue events from files into the Trackly SMS API: each row once, every cent accounted for."""

__version__ = "0.1.0"
