"""`paceline explore`: web pages over the published warehouse, on this machine, read-only.

Plain pages made by the server (Starlette, Jinja2), which every browser shows without a script; a little script of
ours adds search as you type, keys and the zone of the browser. Nothing comes from the internet, nothing is written.
"""
