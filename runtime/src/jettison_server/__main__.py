"""``python -m jettison_server``."""

from . import main

main()
