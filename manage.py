"""Django's command line, with Changke's settings."""

import os
import sys

from django.core.management import execute_from_command_line

from stores.authors import acting


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with acting(door="command", command=" ".join(sys.argv[1:2])):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
