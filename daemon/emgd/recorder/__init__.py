"""Writing: everything that is published, in one file that a crash cannot spoil."""
