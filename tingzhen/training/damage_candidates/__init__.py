"""Networks for damage and ways of training compared by one protocol."""
