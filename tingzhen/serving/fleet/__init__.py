"""Figures of the fleet over HTTP: how often faults come up, and how often they come back."""
