"""The subcommands: each module has `arguments(parser)` and `run(args)`."""
