"""Patterns of confirmed faults: searched beside the service, written as files."""
