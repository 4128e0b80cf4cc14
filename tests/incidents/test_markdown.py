"""Markdown becomes safe HTML, and hostile texts are refused before they cost time."""

from html.parser import HTMLParser

import pytest

from incidents import markdown
from tests.quickness import seconds
from tests.security.corpus import PAYLOADS

# Nodes and attributes that could act, fetch or hide. What may stand is listed in the module; this list is kept apart.
ACTIVE_TAGS = {
    "script", "style", "iframe", "object", "embed", "svg", "math", "form", "input", "button", "link", "meta", "base",
    "img", "video", "audio", "source", "template", "noscript", "textarea", "select", "frame", "frameset", "details",
}  # fmt: skip
LINKING = {"href": ("http://", "https://", "mailto:")}
KNOWN_ATTRIBUTES = {"href", "title", "rel", "align"}


class Nodes(HTMLParser):
    """What of a document is active: forbidden tags, unknown attributes, links that lead anywhere but out in full."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag in ACTIVE_TAGS:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name not in KNOWN_ATTRIBUTES:
                self.found.append(f"{tag} {name}")
            elif name in LINKING and not (value or "").lower().startswith(LINKING[name]):
                self.found.append(f"{tag} {name}={value}")

    def handle_comment(self, data):
        self.found.append("comment")

    def handle_pi(self, data):
        self.found.append("instruction")

    def unknown_decl(self, data):
        self.found.append("declaration")


def active(html: str) -> list[str]:
    return Nodes(html).found


def test_the_corpus_is_large():
    assert len(PAYLOADS) == len(set(PAYLOADS)) >= 60


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>x<script>1</script></p>", ["<script>"]),
        ("<p onclick=1>x</p>", ["p onclick"]),
        ("<a href='javascript:1'>x</a>", ["a href=javascript:1"]),
        ("<a href='//evil.example'>x</a>", ["a href=//evil.example"]),
        ("<img src=x>", ["<img>", "img src"]),
        ("<!-- x -->", ["comment"]),
        ("<a href='https://good.example' rel='x'>x</a>", []),
    ],
)
def test_the_detector_sees(html, found):
    assert active(html) == found


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_active_comes_through(payload):
    assert active(markdown.render(payload)) == []
    assert active(markdown.render(f"Words before. {payload} And after.\n\n{payload}")) == []


def test_template_syntax_comes_out_as_it_was_written():
    assert (
        markdown.render("{{7*7}} {% load static %} {0.__class__}")
        == "<p>{{7*7}} {% load static %} {0.<strong>class</strong>}</p>"
    )


def test_what_people_write_is_kept():
    text = (
        "One **strong** word.\nNext line.\n\n- a\n- b\n\n# Part\n\n[Help](https://help.example/a?b=c)\n\n"
        "| a | b |\n|---|--:|\n| 1 | 2 |"
    )
    assert markdown.render(text) == (
        "<p>One <strong>strong</strong> word.<br>\nNext line.</p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<h3>Part</h3>\n"
        '<p><a href="https://help.example/a?b=c" rel="noopener noreferrer nofollow ugc">Help</a></p>\n'
        '<table>\n<thead>\n<tr>\n<th>a</th>\n<th align="right">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n'
        '<td align="right">2</td>\n</tr>\n</tbody>\n</table>'
    )  # fmt: skip


UNITS = {
    "brackets": "[", "pictures": "![", "links": "[a](b ", "tags": "<a ", "quotes": ">", "spaced quotes": "> ",
    "dashes": "- ", "numbers": "1. ", "stars": "*", "star words": "*a", "double star words": "**a", "underscores": "_",
    "underscore words": "a_b_", "ticks": "`", "tick words": "``a ", "backslashes": "\\", "escapes": "\\*", "ampersands": "&",
    "hashes": "#", "headings": "# a\n\n", "underlined": "a\n=\n", "fences": "```\n", "tildes": "~~~\n", "lines": "\n",
    "paragraphs": "a\n\n", "pipes": "|", "rows": "|a|b|\n", "items": "- a\n", "list in quote": "> - ", "code": "    a\n\n",
    "placeholders": "\x02klzzwxh:0\x03", "references": "[a]: b\n", "entities": "&#160;", "spaces": " ", "mails": "<a@b> ",
}  # fmt: skip
BOMBS = {name: (unit * 10_000)[:10_000] for name, unit in UNITS.items()} | {
    "table that grows": "|" + "a|" * 1600 + "\n|" + "-|" * 1600 + "\n" + "|\n" * 1700,
    "fence and spaces": "```" + " " * 9_990 + "x",
    "fence and letters": "```" + "a" * 9_990,
    "fence, spaces and words": "``` " + "a " * 4_990,
    "as many brackets as may be": "[" * 150 + "a" * 9_000 + "]" * 150,
    "as many links as may be": "[a](b " * 150,
    "as many titles as may be": '[a](b "' * 150,
    "as many tags as may be": "<a " * 300,
    "deep list": "".join(" " * (4 * depth) + "- a\n" for depth in range(60)),
    "deep quote": "".join(">" * depth + " a\n" for depth in range(130)),
    "long mail": "<" + "a" * 9_000 + "@",
    "a hundred thousand": "a" * 100_000,
    "a hundred thousand brackets": "[" * 100_000,
}


def rendered_or_refused(text: str) -> tuple[str, str]:
    try:
        return markdown.render(text), ""
    except markdown.TooMuch as refused:
        return "", refused.sentence


@pytest.mark.parametrize("name", BOMBS)
def test_no_text_costs_half_a_second(name):
    assert seconds(lambda: rendered_or_refused(BOMBS[name])) < 0.5
    html, sentence = rendered_or_refused(BOMBS[name])
    assert len(html) < 100_000
    assert not sentence or sentence.endswith(".")


NESTED = "The lists or quotes in the message are nested too deeply. Write them side by side."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a" * 10_001, "The message has 10,001 characters. It may have 10,000."),
        ("[" * 151, "The message has 151 opening square brackets. It may have 150."),
        ("<" * 301, "The message has 301 less-than signs. It may have 300."),
        ("|a|b|c|\n" * 600, "The table in the message is too large. It may have 2,000 cells."),
        ("1. " * 21 + "x", NESTED),
        ("- " * 21 + "x", NESTED),
        ("Words.\n\n" + ">" * 21 + "x", NESTED),
        ("> - 1. " * 7 + "x", NESTED),
    ],
)
def test_what_is_too_much_is_named(text, sentence):
    assert markdown.problem(text) == sentence


@pytest.mark.parametrize(
    "text", ["", "a" * 10_000, "[" * 150, "<" * 300, "|a|b|\n" * 600, "- " * 20 + "x", "- " * 60, "* * *"]
)
def test_the_limits_themselves_are_fine(text):
    assert markdown.problem(text) == ""


@pytest.mark.parametrize("name", BOMBS)
def test_what_the_renderer_would_refuse_is_named_before_it_is_asked(name):
    """A draft is judged by ``problem``, an approval by ``render``: the approver must never meet what its author did not."""
    _, refused = rendered_or_refused(BOMBS[name])
    assert markdown.problem(BOMBS[name]) == refused
