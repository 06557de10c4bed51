"""History of the tables of the service."""
