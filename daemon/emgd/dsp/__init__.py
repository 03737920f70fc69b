"""The signal chain: arrays in, arrays out."""
