"""Webhooks: events of clips sent to addresses that people named, signed, until they are taken."""
