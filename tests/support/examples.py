"""A third of the usual examples, for properties that cost much and say nothing of money."""

from __future__ import annotations

import hypothesis

FEWER_EXAMPLES = hypothesis.settings(max_examples=hypothesis.settings().max_examples // 3)
