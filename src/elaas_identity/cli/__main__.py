"""`python -m elaas_identity.cli`: the command, where its script is not on the path."""

from __future__ import annotations

import sys

from elaas_identity.cli import main

sys.exit(main())
