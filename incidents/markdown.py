"""Markdown to safe HTML, once, when the words are approved.

What people write is plain text with paragraphs, emphasis, lists, tables, code and links. HTML is switched off in the
parser and what comes out is cleaned against a list of what is allowed, so that either of the two may fail alone.
Pictures are not allowed: one from elsewhere tells its server who reads about the failure.

The parser takes quadratic time on some texts, and a table can grow a thousandfold. Such texts are refused before they
reach it.
"""

import re
from xml.etree.ElementTree import Element

import markdown
import nh3
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

RENDERER = 1
LIMIT = 10_000
# An opening bracket may be a link, which takes the parser longer than what may be a tag.
MOST_OF = {"[": (150, "opening square brackets"), "<": (300, "less-than signs")}
MOST_CELLS = 2_000
MOST_SPACES = 40
MOST_DEEP = 20

TAGS = {
    "p", "br", "hr", "h3", "h4", "ul", "ol", "li", "blockquote", "strong", "em", "code", "pre", "a",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "th": {"align"}, "td": {"align"}}
LINK = re.compile(r"https?://[^/\\\s]|mailto:[^\s]", re.IGNORECASE)
_EXTENSIONS = ["tables", "fenced_code", "sane_lists", "nl2br"]
_SPACES = re.compile(rf"[ \t]{{{MOST_SPACES},}}")
# What opens a quote or a list within the one before it, on one line. Indentation goes no deeper than MOST_SPACES.
_OPENING = re.compile(r"[ \t]*(?:>|(?:[-*+]|\d{1,9}\.)(?=[ \t]))")
_RULER = re.compile(r"[ \t]*([-*])[ \t]*(?:\1[ \t]*)+")
_NESTED = "The lists or quotes in the message are nested too deeply. Write them side by side."


class TooMuch(ValueError):
    """A text that is not rendered. ``sentence`` says why, for the person who wrote it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def problem(text: str) -> str:
    """Why this text cannot be published as it is, in a sentence; empty when it can. Takes linear time."""
    if len(text) > LIMIT:
        return f"The message has {len(text):,} characters. It may have {LIMIT:,}."
    for mark, (most, word) in MOST_OF.items():
        if text.count(mark) > most:
            return f"The message has {text.count(mark):,} {word}. It may have {most}."
    rows = [line.count("|") for line in text.splitlines() if "|" in line]
    if rows and max(rows) * len(rows) > MOST_CELLS:
        return f"The table in the message is too large. It may have {MOST_CELLS:,} cells."
    return _NESTED if any(_nests_too_deeply(line) for line in text.splitlines()) else ""


def _nests_too_deeply(line: str) -> bool:
    """Whether more than ``MOST_DEEP`` quotes and lists open on this line. A ruler of spaced dashes opens none."""
    depth = place = 0
    while depth <= MOST_DEEP and (opening := _OPENING.match(line, place)):
        depth, place = depth + 1, opening.end()
    return depth > MOST_DEEP and not _RULER.fullmatch(line)


def render(text: str) -> str:
    """Safe HTML. Raises ``TooMuch`` for what ``problem`` names, and for lists or quotes nested without end."""
    if trouble := problem(text):
        raise TooMuch(trouble)
    try:
        raw = _parser().convert(_SPACES.sub(" " * MOST_SPACES, text))
    except RecursionError:
        raise TooMuch(_NESTED) from None
    return nh3.clean(
        raw,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow ugc",
    )


def _attribute(_tag: str, name: str, value: str) -> str | None:
    """Links say in full where they lead: "//host" and "/\\host" would leave the site without looking like it."""
    return value if name != "href" or LINK.match(value) else None


class _Plain(Extension):
    """No HTML, no pictures, and no underlined headings, whose pattern is the one that takes quadratic time."""

    def extendMarkdown(self, md: markdown.Markdown) -> None:  # noqa: N802 - markdown's name
        md.preprocessors.deregister("html_block")
        for name in ("html", "image_link", "image_reference", "short_image_ref"):
            md.inlinePatterns.deregister(name)
        md.parser.blockprocessors.deregister("setextheader")
        md.treeprocessors.register(_Headings(md), "headings", 5)


class _Headings(Treeprocessor):
    """Headings of a message stand below those of the page."""

    def run(self, root: Element) -> None:
        for element in root.iter():
            if re.fullmatch("h[1-6]", element.tag):
                element.tag = "h3" if element.tag in ("h1", "h2", "h3") else "h4"


def _parser() -> markdown.Markdown:
    """A new one for each text: a parser that stopped half-way keeps what it had stored."""
    return markdown.Markdown(
        extensions=[*_EXTENSIONS, _Plain()], extension_configs={"tables": {"use_align_attribute": True}}
    )
