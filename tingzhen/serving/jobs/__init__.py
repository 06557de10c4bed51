"""Jobs that survive: clips are analysed by worker processes, step by step, each step kept."""
