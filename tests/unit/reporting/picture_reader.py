"""Reads pictures and pages as a browser would, so that tests look at what is shown and not at how it is written."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from html.parser import HTMLParser

from goldenpath.reporting.svg import text_width

_SVG = "{http://www.w3.org/2000/svg}"
_VOID = {"meta", "br"}


@dataclass(frozen=True)
class Label:
    """A text of a picture with the room that it takes."""

    text: str
    left: float
    right: float
    base: float
    size: float

    def overlaps(self, other: "Label") -> bool:
        apart = self.right <= other.left or other.right <= self.left
        return not apart and abs(self.base - other.base) < 0.8 * min(self.size, other.size)


@dataclass(frozen=True)
class Shape:
    """A box or a dot of a picture."""

    tag: str
    left: float
    right: float
    colour: str
    tip: str


class SvgReader:
    """An SVG, parsed strictly."""

    def __init__(self, svg: str) -> None:
        self.root = ET.fromstring(svg)
        self.height = float(self.root.attrib["viewBox"].split()[3])
        self.labels = [_label(element) for element in self.root.iter(f"{_SVG}text")]
        self.texts = [label.text for label in self.labels]
        self.shapes = [
            _shape(element) for element in self.root.iter() if element.tag in (f"{_SVG}rect", f"{_SVG}circle")
        ]
        self.title = self.root.findtext(f"{_SVG}title") or ""
        self.description = self.root.findtext(f"{_SVG}desc") or ""

    def overlapping(self) -> list[tuple[str, str]]:
        return [
            (one.text, other.text)
            for number, one in enumerate(self.labels)
            for other in self.labels[number + 1 :]
            if one.overlaps(other)
        ]

    def tipped(self, words: str) -> list[Shape]:
        return [shape for shape in self.shapes if words in shape.tip]


def _label(element: ET.Element) -> Label:
    text = element.text or ""
    size, x = float(element.attrib["font-size"]), float(element.attrib["x"])
    width = text_width(text, size)
    left = {"start": x, "middle": x - width / 2, "end": x - width}[element.attrib.get("text-anchor", "start")]
    return Label(text, left, left + width, float(element.attrib["y"]), size)


def _shape(element: ET.Element) -> Shape:
    at = element.attrib
    tip = element.findtext(f"{_SVG}title") or ""
    if element.tag.endswith("circle"):
        x, radius = float(at["cx"]), float(at["r"])
        return Shape("circle", x - radius, x + radius, at["fill"], tip)
    left = float(at["x"])
    return Shape("rect", left, left + float(at["width"]), at["fill"], tip)


class HtmlReader(HTMLParser):
    """HTML, with its elements, its texts, and what is wrong with its nesting."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.seen: list[str] = []
        self.folded: list[str] = []
        self.problems: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.problems += [f"<{tag}> is not closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        hidden = "details" in self._open and "summary" not in self._open
        (self.folded if hidden else self.seen).append(data)

    @property
    def text(self) -> str:
        """What is seen without opening anything."""
        return " ".join(" ".join(self.seen).split())

    @property
    def folded_text(self) -> str:
        return "\n".join(self.folded)
