"""Guided sessions: what they are about, how they are kept and shown."""
