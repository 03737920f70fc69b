"""The subcommands: each module here is one, with `arguments(parser)` and `run(args)`.

What is slow to import (numpy, zmq, curses) is imported inside `run`, so that the parser is quick.
"""
