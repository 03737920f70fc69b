"""The frames of a video that shows the sync display, laid on the samples of a recording."""
