"""Reports and guided sessions as text on a terminal."""
