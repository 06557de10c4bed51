"""Pages of the area "owner"."""
