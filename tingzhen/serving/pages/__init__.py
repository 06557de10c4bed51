"""Pages for people: owners, technicians, engineers, the after-sales office.

Each area has its addresses (http.py), words (texts.yaml), templates and static files; what all of
them share is the shell. Pages hold no data: their scripts ask /v1 like everybody else, with the
session cookie in place of a token.
"""

from tingzhen.serving.pages.application import add_pages

__all__ = ["add_pages"]
