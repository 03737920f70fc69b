"""Spotting in files: `emgd spot`."""
