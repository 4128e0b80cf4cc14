"""Slow input (S20): twenty thousand hostile characters into everything that reads what people or strangers send.

Each is timed by what this process computes, at its best of a few tries, so that a busy machine is not taken for slow code.
"""

import ast
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache, partial
from typing import Any
from urllib.parse import quote

import pytest

from accounts import forms as account_forms
from accounts.models import User
from incidents import letters, markdown, wording
from incidents.forms.incident import DeclareForm
from moments import Unreadable, parse
from statuspage import serving
from tests.conftest import START
from tests.quickness import seconds
from tests.test_architecture import dotted, sources

pytestmark = pytest.mark.check("S20")

LIMIT_SECONDS = 0.5
MUCH = 20_000

HOSTILE = {
    "opening brackets": "[" * MUCH,
    "links that never end": "[a](" * (MUCH // 4),
    "nested links": "[" * 6_000 + "x" + "](y)" * 3_500,
    "emphasis": "*a_" * (MUCH // 3),
    "stars": "*" * MUCH,
    "underscores and words": "_a " * (MUCH // 3),
    "backticks": "`" * MUCH,
    "backticks of growing length": " ".join("`" * length for length in range(1, 198)),
    "quotes in quotes": ">" * MUCH,
    "lists in lists": "\n".join(" " * (4 * depth) + "- x" for depth in range(95)),
    "one long word": "a" * MUCH,
    "zero width": "a\u200b\u200d" * (MUCH // 3),
    "marks that turn": "\u202e\u2066" * (MUCH // 2),
    "combining": "e\u0301\u0323" * (MUCH // 3),
    "white space": " " * MUCH,
    "tabs and spaces": "\t " * (MUCH // 2),
    "empty lines": "\n" * MUCH,
    "lines": "a b\n" * (MUCH // 4),
    "table": "|a" * 40 + "\n" + "|-" * 40 + "\n" + ("|b" * 40 + "\n") * 240,
    "less than": "<" * MUCH,
    "ampersands": "&" * MUCH,
    "entities": "&#x26;" * (MUCH // 6),
    "references": "".join(f"[{number}]: http://x.example/{number}\n" for number in range(700)),
    "backslashes": "\\" * MUCH,
    "headings": "#" * MUCH,
    "numbers": "9" * MUCH,
    "numbers and dots": "1." * (MUCH // 2),
    "spans of time": "in 1 h " + "1 h " * (MUCH // 4),
    "spans and a letter": "1 h " * (MUCH // 4) + "x",
    "zones": "(" * MUCH,
    "brackets and time": "14:00 " + "(a " * (MUCH // 3),
    "colons": "1:" * (MUCH // 2),
    "commas": ",;=" * (MUCH // 3),
    "rulers": "- " * (MUCH // 2) + "x",
    "percent": "%" * MUCH,
    "an address": "a@" * (MUCH // 2),
    "an address with dots": "a." * (MUCH // 2) + "@b",
    "a host with dots": "a@" + "b." * (MUCH // 2),
}


def _rendered(text: str) -> None:
    with suppress(markdown.TooMuch):
        markdown.render(text)


def _rendered_at_the_limit(text: str) -> None:
    """As much as is let in at all, and with what is counted held just under its limit."""
    for mark, most in [*((mark, most) for mark, (most, _word) in markdown.MOST_OF.items()), ("|", 40)]:
        text = text.replace(mark, "a", max(0, text.count(mark) - most))
    _rendered(text[: markdown.LIMIT])


def _moment(text: str) -> None:
    with suppress(Unreadable):
        parse(text, now=START, zone="Europe/Berlin")


READERS: dict[str, Callable[[str], Any]] = {
    "markdown": _rendered,
    "markdown at its limit": _rendered_at_the_limit,
    "what markdown may not have": markdown.problem,
    "tidying": wording.tidy,
    "difference from nothing": lambda text: wording.difference("", text),
    "difference from the same in another order": lambda text: wording.difference(text, text[::-1]),
    "difference by one character in the middle": lambda text: wording.difference(
        text, text[: MUCH // 2] + "!" + text[MUCH // 2 :]
    ),
    "a time": _moment,
    "the plain text of a letter": letters.words if hasattr(letters, "words") else str,
    "Accept-Encoding": serving.takes_gzip.__wrapped__,
    "If-None-Match": lambda text: serving.is_held('"x"', text),
    "Host": serving.host_of,
    "one line": account_forms.LineField(required=False).to_python,
}


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_is_done_with_anything_within_half_a_second(reader: str, figures: Callable[..., None]) -> None:
    took = {name: seconds(partial(READERS[reader], text)) for name, text in HOSTILE.items()}

    assert {name: round(spent, 2) for name, spent in took.items() if spent > LIMIT_SECONDS} == {}
    figures("S20", **{f"slowest_seconds_{reader.replace(' ', '_')}": round(max(took.values()), 3)})


def test_the_stopwatch_sees_what_is_slow() -> None:
    assert seconds(lambda: re.fullmatch(r"(a+)+b", "a" * 26), tries=1) > LIMIT_SECONDS


# --- Forms and addresses --------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("name", HOSTILE)
def test_a_form_answers_in_a_sentence_within_half_a_second(name: str, agent: Any) -> None:
    given = {"title": HOSTILE[name], "agent": HOSTILE[name], "worst_harm": HOSTILE[name]}
    forms = []

    def fill() -> None:
        forms.append(DeclareForm(given))
        forms[-1].is_valid()
        account_forms.AddressField(required=False).to_python(HOSTILE[name])
        with suppress(Exception):
            account_forms.AddressField(required=False).clean(HOSTILE[name])

    assert seconds(fill) <= LIMIT_SECONDS
    assert not forms[-1].is_valid()
    assert "title" in forms[-1].errors
    assert all(
        str(sentence).endswith((".", ")")) and len(str(sentence)) < 200 for sentence in forms[-1].errors["title"]
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/desk/incidents/?page=",
        "/desk/log/?about=",
        "/desk/log/?before=",
        "/desk/outbox/?show=",
        "/desk/moment/?zone=UTC&text=",
    ],
)
def test_what_stands_in_an_address_is_read_within_half_a_second(
    path: str, client_of: Any, olga: User, ben: User
) -> None:
    browser = client_of(ben)
    browser.get(path)  # templates are compiled once

    for name in ("numbers", "numbers and dots", "percent", "spans and a letter", "zero width"):
        text = HOSTILE[name][:4_000]
        answers: list[int] = []
        address = path + quote(text)
        spent = seconds(partial(_ask, browser, address, answers))
        assert spent <= LIMIT_SECONDS, name
        assert set(answers) <= {200, 302, 400, 404, 422}, name


def _ask(browser: Any, address: str, answers: list[int]) -> None:
    answers.append(browser.get(address).status_code)


# --- Every regular expression of the source -------------------------------------------------------


@cache
def patterns() -> dict[str, re.Pattern[Any]]:
    """Every pattern that is written in the source as text, by where it stands: the name it has there, or the line."""
    found = {}
    for path, source in sources().items():
        tree = ast.parse(source)
        names = {id(node.value): node.targets[0] for node in ast.walk(tree) if isinstance(node, ast.Assign)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and dotted(node.func).startswith("re.") and node.args:
                place = dotted(names[id(node)]) if id(node) in names else str(node.lineno)
                with suppress(ValueError, re.error):
                    flags = re.VERBOSE if "VERBOSE" in ast.unparse(node) else 0
                    found[f"{path}:{place}"] = re.compile(ast.literal_eval(node.args[0]), flags)
    return found | _built()


def ways_of(where: str) -> tuple[str, ...]:
    """How the source uses it. One that has a name and is only matched from a place is not searched for."""
    name = where.rpartition(":")[2].rpartition(".")[2]
    searching = re.compile(rf"\b{name}\.(?:search|sub|split|findall|finditer)\(")
    only_matched = not name.isdecimal() and not any(searching.search(text) for text in sources().values())
    return ("match", "fullmatch") if only_matched else ("match", "fullmatch", "search")


def _built() -> dict[str, re.Pattern[Any]]:
    """Those put together from parts: taken from the modules that hold them."""
    import moments
    from incidents import markdown as rendering

    held = {"moments": moments, "incidents.markdown": rendering}
    return {
        f"{name}.{key}": value
        for name, module in held.items()
        for key, value in vars(module).items()
        if isinstance(value, re.Pattern)
    }


def pumping(pattern: re.Pattern[Any]) -> Iterator[str]:
    """Long runs of what the pattern itself speaks about, ended by what it cannot want: where backtracking hurts."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    own = sorted({character for character in text if character.isprintable() and character not in "\\^$?+*{}|[]()"})
    for piece in dict.fromkeys([*own[:4], "a", "1", " ", "1 h "]):
        run = piece * (MUCH // len(piece))
        yield from (run, run + "\x00")


@pytest.mark.parametrize("where", sorted(patterns()))
def test_no_pattern_of_the_source_goes_back_for_ever(where: str) -> None:
    """Looked for from the beginning over all of it, and from everywhere over a quarter: the time grows with the square."""
    pattern = patterns()[where]
    slow = []
    for pumped in pumping(pattern):
        given: Any = pumped if isinstance(pattern.pattern, str) else pumped.encode()
        ways = {way: given[-MUCH // 4 :] if way == "search" else given for way in ways_of(where)}
        slow += [
            f"{way} of {pumped[:12]!r}"
            for way, text in ways.items()
            if seconds(partial(getattr(pattern, way), text)) > LIMIT_SECONDS
        ]

    assert slow == []


def test_the_patterns_are_found_and_the_pumping_would_find_a_bad_one() -> None:
    written = sum(
        len(re.findall(r"\bre\.(?:compile|match|search|sub|fullmatch|findall|split)\(", text))
        for text in sources().values()
    )

    assert len(patterns()) >= written * 0.8
    assert seconds(partial(re.compile(r"(?:x+)+y").match, "x" * 26), tries=1) > LIMIT_SECONDS
    assert ways_of("moments.py:TOKEN") == ("match", "fullmatch")
