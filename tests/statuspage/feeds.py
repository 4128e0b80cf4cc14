"""A feed read as a program reads it: with a parser that refuses what is not well-formed."""

from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree

ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass(frozen=True)
class Item:
    id: str
    title: str
    link: str
    published: datetime
    updated: datetime
    html: str


@dataclass(frozen=True)
class Feed:
    id: str
    title: str
    language: str
    author: str
    links: dict[str, str]
    updated: datetime
    items: list[Item]


def parsed(body: bytes) -> Feed:
    root = ElementTree.fromstring(body)  # noqa: S314 - what we made ourselves
    assert root.tag == f"{ATOM}feed"
    return Feed(
        id=_text(root, "id"),
        title=_text(root, "title"),
        language=root.attrib["{http://www.w3.org/XML/1998/namespace}lang"],
        author=_text(root, f"author/{ATOM}name"),
        links={one.attrib["rel"]: one.attrib["href"] for one in root.findall(f"{ATOM}link")},
        updated=datetime.fromisoformat(_text(root, "updated")),
        items=[_item(one) for one in root.findall(f"{ATOM}entry")],
    )


def _item(entry: ElementTree.Element) -> Item:
    (link,) = entry.findall(f"{ATOM}link")
    (content,) = entry.findall(f"{ATOM}content")
    assert link.attrib["rel"] == "alternate"
    assert content.attrib == {"type": "html"}
    assert len(content) == 0, "the HTML is text, not elements"
    return Item(
        id=_text(entry, "id"),
        title=_text(entry, "title"),
        link=link.attrib["href"],
        published=datetime.fromisoformat(_text(entry, "published")),
        updated=datetime.fromisoformat(_text(entry, "updated")),
        html=content.text or "",
    )


def _text(element: ElementTree.Element, name: str) -> str:
    (found,) = element.findall(f"{ATOM}{name}")
    return found.text or ""
