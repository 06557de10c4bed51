"""From recordings to a noise bundle: hear, fit, calibrate, decide, export."""
