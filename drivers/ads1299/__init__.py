"""The ADS1299 and every way to get blocks of samples from it."""
