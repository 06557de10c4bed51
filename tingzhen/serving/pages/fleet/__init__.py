"""Pages of the area "fleet"."""
