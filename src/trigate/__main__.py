"""`python -m trigate` is the command `trigate`."""

import sys

from trigate.cli.main import main

sys.exit(main())
