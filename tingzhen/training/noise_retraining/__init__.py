"""From a finished bundle and an engineer's own clips to a better bundle, or an honest no."""
