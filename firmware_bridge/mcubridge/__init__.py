"""The board's microcontroller and how to talk to it."""
