"""jettison: the smallest, fastest CPU deployment of an AI service that still gives the right answers."""

__version__ = "0.1.0"
