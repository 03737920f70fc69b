"""The live view in the terminal: a model fed with messages, a renderer, and a thin terminal."""
