"""Running the service: measurements, health, the port that tells both."""
