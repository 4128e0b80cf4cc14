"""Regular expressions as the rule file writes them, made safe before they are compiled.

The rules are matched against a text in lower case with every sentence on its own line, white space being one space. So a
pattern must not cross a line, and nothing may run on without an end:

- ``+`` and ``*`` may follow one character or class, and mean at most forty;
- a group may be repeated a stated number of times, and nothing is repeated ``{n,}`` times;
- ``A ~80~ B`` is an A and then, within eighty characters of the same clause, a B: each is looked for once, whereas one
  expression for both would go through all that lies between from every A anew;
- what would match a line break (``\\s``, ``\\W``, ``\\D``) is refused, and ``[^…]`` never matches one;
- ``{NAME}`` is a macro of the rule file.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MOST = 40
MOST_GROUPS = 64

_MACRO = re.compile(r"\{([A-Z_]{2,40})\}")
_TOKEN = re.compile(
    r"(?P<escape>\\.)|(?P<class>\[\^?\]?(?:[^\]\\]|\\.){0,200}\])|(?P<times>\{\d{0,4}(?P<open>,?)(?P<most>\d{0,4})\})"
    r"|(?P<unbounded>[+*])|(?P<other>.)",
    re.DOTALL,
)
_CROSSES = re.compile(r"\\[sWD]|\n")
_STEP = re.compile(r" ~(\d{1,3})~ ")
_CLAUSE_ENDS = re.compile(r"[.;!?\n]")
_CAPITAL = re.compile(r"(\\.)|([A-Z]+)")


class BadPattern(ValueError):
    """The sentence says what of the expression cannot be had."""


def expand(source: str, macros: Mapping[str, str]) -> str:
    """With the text of each macro in place of its name."""

    def text_of(match: re.Match[str]) -> str:
        if match.group(1) not in macros:
            raise BadPattern(f"there is no macro {match.group(0)}")
        return macros[match.group(1)]

    return _MACRO.sub(text_of, source)


def bounded(source: str) -> str:
    """In lower case, never crossing a line, and with an end to every repetition."""
    found: list[str] = []
    before = ""
    for token in _TOKEN.finditer(source):
        found.append(_kept(token, before))
        before = token.group()
    return "".join(found)


def _kept(token: re.Match[str], before: str) -> str:
    word = token.group()
    if token["unbounded"]:
        return _limited(word, before)
    if token["times"]:
        _refuse_endless(token, before)
        return word
    if (token["escape"] or token["class"]) and _CROSSES.search(word):
        raise BadPattern(f"{word} would match a line break: white space is one space here")
    if token["class"]:
        lower = _lower(word)
        return f"[^\\n{lower[2:]}" if lower.startswith("[^") else lower
    return word if token["escape"] else word.lower()


def _limited(sign: str, before: str) -> str:
    if before in ("", "(", "|", ")", "?", "+", "*"):
        raise BadPattern(f"{before}{sign} has no end: repeat a group a stated number of times")
    return f"{{{int(sign == '+')},{MOST}}}"


def _refuse_endless(token: re.Match[str], before: str) -> None:
    if token["open"] and not token["most"]:
        raise BadPattern(f"{token.group()} has no end: say how often at most")
    if before == ")" and int(token["most"] or token.group().strip("{}") or 0) > MOST_GROUPS:
        raise BadPattern(f"{token.group()} repeats a group more than {MOST_GROUPS} times")


def _lower(text: str) -> str:
    return _CAPITAL.sub(lambda match: match.group(1) or match.group(2).lower(), text)


@dataclass(frozen=True)
class Found:
    start: int
    end: int


@dataclass(frozen=True)
class Chain:
    """Expressions of which each follows the one before within so many characters of the same clause."""

    parts: tuple[re.Pattern[str], ...]
    gaps: tuple[int, ...]

    def spans(self, text: str) -> Iterator[Found]:
        """From the nearest beginning to each end: time grows with the text, however often a part occurs."""
        first, *others = self.parts
        found = [Found(*match.span()) for match in first.finditer(text)]
        if others and found:
            stops = [match.start() for match in _CLAUSE_ENDS.finditer(text)]
            for part, gap in zip(others, self.gaps, strict=True):
                found = list(self._joined(found, part, gap, text, stops))
        yield from found

    @staticmethod
    def _joined(found: list[Found], part: re.Pattern[str], gap: int, text: str, stops: list[int]) -> Iterator[Found]:
        ends = [one.end for one in found]
        for match in part.finditer(text) if found else ():
            start, end = match.span()
            before = bisect_right(ends, start) - 1
            near = before >= 0 and start - ends[before] <= gap
            if near and bisect_right(stops, start - 1) == bisect_right(stops, ends[before] - 1):
                yield Found(found[before].start, end)


def compiled(source: str, macros: Mapping[str, str]) -> Chain:
    parts = _STEP.split(source)
    return Chain(tuple(expression(part, macros) for part in parts[::2]), tuple(int(gap) for gap in parts[1::2]))


def expression(source: str, macros: Mapping[str, str]) -> re.Pattern[str]:
    try:
        pattern = re.compile(bounded(expand(source, macros)), re.MULTILINE)
    except re.error as trouble:
        raise BadPattern(str(trouble))
    if pattern.search(""):
        raise BadPattern("it matches where nothing stands")
    return pattern
