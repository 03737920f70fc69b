"""Reading the number on the sync display out of a video."""
