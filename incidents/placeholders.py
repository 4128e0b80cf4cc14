"""Variables in the texts of a template, and what stands in their place until somebody fills it in. A leaf."""

import re
from collections.abc import Iterator, Mapping

# By the name that stands in braces: what the author reads in square brackets where nobody has filled it in.
VARIABLES = {
    "agent": "the agent",
    "organisation": "who we are",
    "contact": "how people can reach us",
    "since": "since when",
    "next_update": "when the next update comes",
    "saw": "what people saw",
    "contained": "what we have done so far",
    "investigating": "what we are investigating",
    "open_point": "what we do not know yet",
    "situation": "what happened to somebody",
    "action": "what they should do",
    "affected": "who is affected",
    "danger": "what people should not do",
    "news": "what is new",
    "over_since": "since when it is over",
    "happened": "what happened",
    "cause": "why it happened",
    "changes": "what prevents a repeat",
    "wrong": "what we said that was wrong",
    "reason": "how that came about",
    "right": "what is so instead",
}
# How they read when somebody has filled them in: for looking at a template before it is used.
EXAMPLES = {
    "agent": "our Support assistant",
    "organisation": "Northwind Agents",
    "contact": "help@northwind.example",
    "since": "14:16 UTC (15:16 CET)",
    "next_update": "15:56 UTC (16:56 CET)",
    "saw": "sent refund letters to the wrong people",
    "contained": "stopped all letters",
    "investigating": "why it used an old list",
    "open_point": "how many letters were opened",
    "situation": "received a letter you did not expect",
    "action": "delete it",
    "affected": "customers who asked for a refund since Monday",
    "danger": "send a card number in the chat",
    "news": "everybody who received a wrong letter has been told",
    "over_since": "14:40 UTC",
    "happened": "our Support assistant sent refund letters to addresses from an old list",
    "cause": "the import of addresses had ended half-way, and nothing looked at its end",
    "changes": "since Friday no letter leaves while an import is not complete",
    "wrong": "the letters named an order",
    "reason": "that was our guess",
    "right": "the letters named a person and a street, and no order",
}
# What is known when a statement is begun; the author says the rest.
KNOWN = ("agent", "organisation", "contact", "since")

_VARIABLE = re.compile(r"\{([^{}\n]{0,60})\}")
_LABELS = "|".join(re.escape(label) for label in VARIABLES.values())
_LEFT = re.compile(rf"\[({_LABELS})\]", re.IGNORECASE)
_BRACKETS = re.compile(r"\[[^\[\]\n]{1,200}\](?!\()")
_BEGINS = re.compile(r"(?:^|[.!?]\s+|\n)$")


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with the values in their places. What has no value stays visible, in square brackets."""

    def put(found: re.Match[str]) -> str:
        name = found[1].strip()
        value = values.get(name, "")
        if not value:
            return f"[{VARIABLES[name]}]" if name in VARIABLES else found[0]
        begins = _BEGINS.search(text[: found.start()])
        return value[:1].upper() + value[1:] if begins else value

    return _VARIABLE.sub(put, text)


def left_in(text: str) -> Iterator[str]:
    """What somebody has still to fill in, each once, in the order in which it stands there."""
    yield from dict.fromkeys(found[1].lower() for found in _LEFT.finditer(text))


def unknown(text: str) -> list[str]:
    """The variables that nobody knows."""
    return list(dict.fromkeys(found[1] for found in _VARIABLE.finditer(text) if found[1].strip() not in VARIABLES))


def brackets(text: str) -> list[str]:
    """What stands in square brackets and is no link: nobody would be asked to fill it in."""
    return [found[0] for found in _BRACKETS.finditer(text)]
