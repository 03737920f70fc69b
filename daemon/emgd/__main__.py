"""`python -m emgd` is `emgd`."""

import sys

from emgd.cli import main

sys.exit(main())
