"""A small writer of SVG. Everything that comes from outside is escaped here."""

from __future__ import annotations

import html


class Drawing(str):
    """Markup that is safe to put into a page as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        """Ask a template engine to leave it alone (the convention that markupsafe set)."""
        return self


def element(name: str, *children: str, title: str = "", **attributes: str | float) -> Drawing:
    """One element. Attribute names: ``class_`` for class, ``_`` for ``-``. Numbers get two decimals at most."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items() if value != ""
    )
    inside = ([f"<title>{html.escape(title)}</title>"] if title else []) + [
        child if isinstance(child, Drawing) else html.escape(child) for child in children
    ]
    return Drawing(f"<{name}{written}>{''.join(inside)}</{name}>" if inside else f"<{name}{written}/>")


def block(left: float, right: float, *, y: float, height: float, class_: str = "", title: str = "") -> Drawing:
    """A rectangle between two shares of the chart's width."""
    return element("rect", title=title, class_=class_, x=percent(left), width=percent(right - left), y=y, height=height)


def percent(share: float) -> str:
    """A share of 1 as a length: ``12.5%``."""
    return f"{_number(100 * share)}%"


def chart(*children: str, title: str, height: int, class_: str = "") -> Drawing:
    """A chart as wide as its place, with a name for those who do not see it."""
    return element("svg", *children, title=title, role="img", class_=class_, width="100%", height=height)


def _value(value: str | float) -> str:
    return html.escape(value) if isinstance(value, str) else _number(value)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
