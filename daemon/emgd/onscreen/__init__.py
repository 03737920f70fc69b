"""The digital tube on a screen: the number of the newest tick, as large as the terminal is."""
