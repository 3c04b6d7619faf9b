"""The page for finance."""
