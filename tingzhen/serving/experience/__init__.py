"""Rules of technicians' experience: how they are stated, signed, used and shown."""
