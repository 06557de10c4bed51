"""Networks for noise recognition compared by one protocol (docs/noise-candidates.md)."""
