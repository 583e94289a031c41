"""`python -m parvis`."""

import sys

from parvis.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
