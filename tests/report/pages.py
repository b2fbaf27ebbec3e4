"""A page as a tree of elements, read with the standard parser and its own check that every element is closed."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "br", "hr", "img", "link", "input"})


@dataclass
class Element:
    """One element with what is inside it."""

    tag: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Everything written in it, in order of depth."""
        return "".join(self.texts) + "".join(child.text for child in self.children)

    def all(self, tag: str = "") -> list[Element]:
        """Itself and everything below, of that tag."""
        below = [one for child in self.children for one in child.all(tag)]
        return [self, *below] if tag in ("", self.tag) else below


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element(tag="document", attributes={})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(self.open[-1].children[-1])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice: {tag} {names}"
        self.open[-1].children.append(Element(tag=tag, attributes={name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.open[-1].texts.append(data)


def parsed(page: bytes) -> Element:
    """The tree of a page. AssertionError when an element is not closed, or closed out of order."""
    builder = _Builder()
    builder.feed(page.decode())
    builder.close()
    assert builder.open == [builder.root], f"never closed: {[one.tag for one in builder.open[1:]]}"
    return builder.root
