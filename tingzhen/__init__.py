"""Tingzhen 听诊 hears and sees what is wrong with a vehicle."""

__version__ = "0.1.0"
