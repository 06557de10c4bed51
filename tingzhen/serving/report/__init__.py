"""The fixed report: its model, how it is built and read, its words, and its page."""
