"""Acquisition daemon for facial EMG from ADS1299 boards."""

__version__ = "0.1.0"
