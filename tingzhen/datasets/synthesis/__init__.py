"""Sounds of vehicles and of their faults, from physics, with the exact truth beside them."""
