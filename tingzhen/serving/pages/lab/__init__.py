"""Pages of the area "lab"."""
