"""Uploads: whole or in parts, plain or resumable, checked, and kept once and for good."""
