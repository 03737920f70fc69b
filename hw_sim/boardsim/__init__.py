"""A simulated ADS1299 board: the other end of the wires."""
