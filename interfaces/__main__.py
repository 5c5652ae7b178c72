"""Runs the command as ``python -m chorei.interfaces``."""

import sys

from chorei.interfaces.main import main

if __name__ == "__main__":
    sys.exit(main())
