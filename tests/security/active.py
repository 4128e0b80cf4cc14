"""What of a page could act: found by parsing it as a browser does (html5lib), not by looking for words in it.

Two rules. Some nodes are never ours: a script with words in it, `on…` attributes, `style`, `iframe`, an address that
begins with `javascript:`. And nothing is there that is not in the same pages with harmless words: `Shape` collects every
pair of element and attribute of those, and whatever a hostile page has beyond them was made by the words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import html5lib
from django.utils.html import escape

NEVER = {
    "style", "iframe", "frame", "frameset", "object", "embed", "applet", "base", "math", "template", "marquee",
    "foreignobject", "animate", "set", "use", "image", "video", "audio", "source", "track", "portal", "isindex", "mglyph",
}  # fmt: skip
ADDRESSES = {
    "href", "src", "action", "formaction", "poster", "background", "data", "srcset", "ping", "cite", "longdesc", "manifest",
    "xlink:href",
}  # fmt: skip
WHOLE = {"noopener", "noreferrer", "nofollow"}
# Where a reader's own browser shows an attribute's words, or hands them back unchanged; `data-question` is read as JSON by
# our own script, for the browser's passkeys, and `data-find` is looked for by it in what somebody has typed.
SPOKEN = {
    "value", "title", "aria-label", "aria-description", "alt", "placeholder", "content", "label", "data-question", "data-find",
}  # fmt: skip
INERT = "⟪all⟫"


@dataclass
class Shape:
    """Pairs of element and attribute that the product's own templates make."""

    pairs: set[tuple[str, str]] = field(default_factory=set)

    def learn(self, html: str) -> None:
        for tag, attributes, _ in _elements(html):
            self.pairs |= {(tag, "")} | {(tag, name) for name in attributes}


# What the renderer of public words may make (A01), whether or not the harmless pages happened to use it.
PLAIN = "p br hr h3 h4 ul ol li blockquote strong em code pre table thead tbody tr th td a"
WORDS = {
    *((tag, "") for tag in PLAIN.split()), ("a", "href"), ("a", "title"), ("a", "rel"), ("th", "align"), ("td", "align"),
}  # fmt: skip


def findings(html: str, *, corpus: str = "", known: Shape | None = None, own: str = "", style: str = "") -> list[str]:
    """Each active node in a sentence. ``corpus`` is the hostile text that was put in, ``own`` the site's own address.

    ``style`` is the whole text of a style element of ours: mails have one, because no client loads a stylesheet.

    Where the corpus stands fully escaped it has no sign that could open anything; it is taken as one mark before the
    page is parsed, which is quicker, and the mark must stand in text or in an attribute that is only spoken.
    """
    if corpus:
        html = html.replace(escape(corpus), INERT)
    allowed = known.pairs | WORDS if known else None
    found: list[str] = []
    for tag, attributes, text in _elements(html):
        if not (style and tag == "style" and text == style and not attributes):
            found += _element(tag, attributes, text, own)
        if allowed is not None:
            found += [f"<{tag} {name}> is not ours" for name in ("", *attributes) if (tag, name) not in allowed]
    return found


def words(html: str, corpus: str = "") -> str:
    """Everything that a reader is shown or told: the text of a page, and its spoken attributes.

    Where all of the corpus stands, `INERT` stands for it.
    """
    said = []
    for _, attributes, text in _elements(html.replace(escape(corpus), INERT) if corpus else html):
        said += [text, *(value for name, value in attributes.items() if name in SPOKEN)]
    return "\n".join(said)


def _element(tag: str, attributes: dict[str, str], text: str, own: str) -> Iterator[str]:
    if tag in NEVER and not (tag == "iframe" and _shows_a_mail(attributes)):
        yield f"<{tag}>"
    if tag == "script" and (text.strip() or not re.match(r"/static/[\w./-]+$", attributes.get("src", ""))):
        yield f"<script src={attributes.get('src')}>{text[:40]}"
    if tag == "meta" and attributes.get("http-equiv"):
        yield f"<meta http-equiv={attributes['http-equiv']}>"
    if tag == "img" and not attributes.get("src", "").startswith(("/static/", "data:image/")):
        yield f"<img src={attributes.get('src')}>"
    if tag == "link" and not attributes.get("href", "").startswith("/static/") and not _is_the_feed(attributes):
        yield f"<link href={attributes.get('href')}>"
    for name, value in attributes.items():
        yield from _attribute(tag, name, value, attributes, own)


def _attribute(tag: str, name: str, value: str, attributes: dict[str, str], own: str) -> Iterator[str]:
    if name.startswith("on") or name in ("style", "srcdoc"):
        yield f"<{tag} {name}={value[:40]}>"
    if name in ADDRESSES and (trouble := _leads(value, tag, attributes, own)):
        yield f"<{tag} {name}={value[:60]}> {trouble}"
    hostile = INERT in value or "alert(1)" in value or "evil.example" in value
    if hostile and name not in SPOKEN | ADDRESSES:
        yield f"<{tag} {name}> holds words of a person: {value[:60]}"
    if INERT in value and name in ADDRESSES:
        yield f"<{tag} {name}> leads where a person wrote: {value[:60]}"


def _is_the_feed(link: dict[str, str]) -> bool:
    """What a browser only offers to a reader, and loads nothing from."""
    return (link.get("rel"), link.get("href")) == ("alternate", "/history.atom")


def _shows_a_mail(frame: dict[str, str]) -> bool:
    """The frame without any right in which an approver reads a mail of ours."""
    ours = re.fullmatch(r"/desk/(approvals|statements)/\d+/email/", frame.get("src", "")) and frame.get("sandbox") == ""
    return bool(ours) and frame.keys() == {"class", "src", "sandbox", "title", "loading"}


def _leads(value: str, tag: str, attributes: dict[str, str], own: str) -> str:
    """Why this address is not one of ours, nor a link out in full; empty when it is."""
    plain = re.sub(r"[\x00-\x20]", "", value).lower()
    if own and re.match(rf"{re.escape(own)}([/?#]|$)", plain):
        return ""
    if re.match(r"https?://[^/\\]", plain) and tag == "a":
        return "" if set(attributes.get("rel", "").split()) >= WHOLE else "has not the whole rel"
    if plain.startswith(("mailto:", "otpauth://totp/")) and tag == "a":
        return ""
    if tag == "img" and plain.startswith("data:image/"):
        return ""
    if plain.startswith(("//", "/\\", "\\")) or re.match(r"[a-z][a-z0-9+.-]*:", plain):
        return "leads elsewhere"
    return ""


def _elements(html: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Every element in lower case with its attributes and its own text. Comments count as an element of their own."""
    tree: Any = html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)
    for element in tree.iter():
        if not isinstance(element.tag, str):
            text = element.text or ""
            yield "!comment", {}, text
            continue
        own_text = (element.text or "") + "".join(child.tail or "" for child in element)
        yield _plain(element.tag), {_plain(name): value for name, value in element.attrib.items()}, own_text


def _plain(name: Any) -> str:
    return re.sub(r"^\{.*\}", "", str(name)).lower()
