"""What all pages share: the frame, words, signing in, security headers, static files."""

from tingzhen.serving.pages.shell.page import render

__all__ = ["render"]
