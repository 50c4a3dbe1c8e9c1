"""`manage.py elaas …`: the command `elaas-identity`, with the portal that the settings name.

manage.py elaas doctor
manage.py elaas audit seal --keys audit.jwk
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand

from elaas_identity.cli import main
from elaas_identity.cli.portal_object import VARIABLE


class Command(BaseCommand):
    """Hands its arguments on."""

    help = "The command `elaas-identity`, for the portal of these settings: doctor, audit, keygen and others."
    requires_system_checks: Any = ()  # `doctor` is for when they fail

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Everything after the name of the command."""
        parser.add_argument("arguments", nargs=argparse.REMAINDER)

    def handle(self, *, arguments: list[str], **_: object) -> None:
        """Run it, and end with its exit status."""
        os.environ.setdefault(VARIABLE, "elaas_identity.django.settings:facade")
        if status := main(arguments):
            sys.exit(status)
