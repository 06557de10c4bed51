"""Pages of the area "bay"."""
