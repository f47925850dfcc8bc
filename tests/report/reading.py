"""A page taken apart, for tests to ask questions of."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "link", "input"}


@dataclass
class Element:
    tag: str
    attrs: dict[str, str]
    parent: "Element | None"
    words: list[str] = field(default_factory=list)
    children: list["Element"] = field(default_factory=list)

    @property
    def text(self):
        """All text inside, in order, on one line."""
        return " ".join(" ".join(self.words).split())

    def all(self, tag):
        found = [self] if self.tag == tag else []
        return found + [e for child in self.children for e in child.all(tag)]

    @property
    def everything(self):
        return [self] + [e for child in self.children for e in child.everything]


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = self.here = Element("root", {}, None)

    def handle_starttag(self, tag, attrs):
        element = Element(tag, {k: v or "" for k, v in attrs}, self.here)
        self.here.children.append(element)
        if tag not in VOID:
            self.here = element

    def handle_startendtag(self, tag, attrs):
        self.here.children.append(Element(tag, {k: v or "" for k, v in attrs}, self.here))

    def handle_endtag(self, tag):
        assert self.here.tag == tag, f"</{tag}> closes <{self.here.tag}>"
        self.here = self.here.parent

    def handle_data(self, data):
        element = self.here
        while element is not None:
            element.words.append(data)
            element = element.parent


def read(page):
    """The root of the page's elements; fails where tags are not closed in order."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.here is reader.root, f"<{reader.here.tag}> is never closed"
    return reader.root
