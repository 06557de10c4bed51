"""Trains the damage network: from manifests of photographs to a bundle with its card."""
