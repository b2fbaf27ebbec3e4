"""What stands on the HTML page, put together from a report; the templates only lay it out."""

from __future__ import annotations

from .content import Page, page

__all__ = ["Page", "page"]
