"""History of the tables of cases, experience and guided sessions."""
