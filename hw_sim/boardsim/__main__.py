"""`python -m boardsim`."""

import sys

from boardsim.cli import main

sys.exit(main())
