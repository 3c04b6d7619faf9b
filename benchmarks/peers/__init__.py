"""Other ways to post a file, each a script of its own: `python FILE.py INPUT.csv BASE_URL`, key in TRACKLY_API_KEY."""
