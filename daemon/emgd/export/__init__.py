"""Recordings in the formats of other programs, written piece by piece in little memory."""
