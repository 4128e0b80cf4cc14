"""The first message, written from what an author answers in a few words (domain 5.1). A leaf, without questions to anybody.

Each answer completes a sentence: "Since [when] [agent] has …". People begin such an answer in many ways, with a capital, with
"we have", with a full stop at the end; the joints are made to fit, and nothing else of what was typed is changed. An answer
that was not given leaves its sentence out.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import moments

HEADLINE_LIMIT = 200

# Names that end in such a word are said with "our": our Support assistant, but Otto.
NOUNS = frozenset(["agent", "assistant", "bot", "chatbot", "helper", "service", "system", "tool", "workflow", "desk"])
# An answer that begins with one of these says who did what: it is a clause by itself.
SUBJECTS = {
    "a", "an", "the", "some", "many", "several", "most", "all", "every", "people", "customers", "users",
    "readers", "patients", "students", "they", "it", "we", "our", "this", "that", "there", "your", "somebody",
    "someone", "anybody", "anything", "something", "replies", "answers", "letters", "messages", "emails",
    "orders", "payments", "refunds", "bookings",
}  # fmt: skip
# How an answer may go on after "has" although it was not asked like that.
INSTEAD = {
    "is": "been", "was": "been", "are": "been", "were": "been",
    "cannot": "been unable to", "can't": "been unable to", "could not": "been unable to", "couldn't": "been unable to",
}  # fmt: skip
BARE = ("does", "did", "do", "doesn't", "didn't", "don't", "keeps", "kept", "will", "would", "can")

_ENDS = " \t\n.,;:!?…"
_QUOTED_END = re.compile(r"[.!?][\"'”’)\]]$")


@dataclass(frozen=True)
class Answers:
    """What the author said, in their words. Everything may be empty."""

    saw: str = ""
    since: datetime | None = None
    contained: str = ""
    investigating: str = ""
    open_point: str = ""
    situation: str = ""
    action: str = ""
    affected: str = ""


def write(said: Answers, *, agent: str, zone: str | ZoneInfo, now: datetime) -> dict[str, str]:
    """The fields of a statement, by name: the sentences of the skeleton, each in the field in which it is read."""
    since = moments.phrase(said.since, zone, now=now) if said.since else ""
    return {
        "headline": _headline(said.saw, agent),
        "acknowledgement": _acknowledgement(said.saw, agent, since),
        "body": _sentence("We have", said.contained, "we have", "we've"),
        "investigating": " ".join(filter(None, (_investigating(said.investigating), _not_known(said.open_point)))),
        "affected": sentence(said.affected),
        "what_to_do": _what_to_do(said.situation, said.action),
    }


def named(agent: str) -> str:
    """The agent as it stands within a sentence: "our Support assistant", "Otto"."""
    words = agent.split()
    if words and words[0].lower() in ("the", "our"):
        return " ".join([words[0].lower(), *words[1:]])
    return f"our {agent}" if words and words[-1].lower() in NOUNS else agent


def sentence(text: str) -> str:
    """With a capital at its beginning and a full stop at its end; several sentences stay several."""
    text = _line(text)
    return _stopped(text[:1].upper() + text[1:]) if text else ""


def clause(text: str, *openings: str, names: str = "") -> str:
    """As it goes on within a sentence: without the ``openings`` it may begin with, and without its stop.

    Its first word loses a capital, unless it is written with more of them, or is a word of ``names``.
    """
    text = _line(text).rstrip(_ENDS)
    for opening in openings:
        if text.lower().startswith(f"{opening.lower()} "):
            text = text[len(opening) :].lstrip(_ENDS)
    first, gap, rest = text.partition(" ")
    plain = first[1:] == first[1:].lower() and not any(character.isdigit() for character in first)
    keep = first.rstrip(_ENDS) in names.split() or first in ("I", "I'm", "I’m")
    return f"{first.lower()}{gap}{rest}" if plain and not keep else text


def _acknowledgement(saw: str, agent: str, since: str) -> str:
    did = _did(saw, agent)
    if not did:
        return ""
    words = did if _says_who(did) else f"{named(agent)} {did}"
    return _stopped(f"Since {since} {words}") if since else _stopped(f"We are aware that {words}")


def _headline(saw: str, agent: str) -> str:
    """Empty rather than cut off: then it is asked for."""
    did = _did(saw, agent)
    if not did:
        return ""
    agent = agent[:1].upper() + agent[1:]
    said = (f"{agent}: {did}" if _says_who(did) else f"{agent} {did}").rstrip(_ENDS)
    return said if len(said) <= HEADLINE_LIMIT else ""


def _did(saw: str, agent: str) -> str:
    """What comes after the name: "has sent letters". What names somebody else stays a clause: "people got letters"."""
    own = (f"our {agent}", f"the {agent}", named(agent), agent, "it")
    did = clause(saw, *own, names=agent)
    ours = did != clause(saw, names=agent)
    if not did or (not ours and _says_who(did)):
        return did
    did = clause(did, "has", "have", "had", names=agent)
    for first, rest in INSTEAD.items():
        if did.lower().replace("’", "'").startswith(f"{first} "):
            return f"has {rest} {did[len(first) :].lstrip()}"
    return did if did.lower().replace("’", "'").split(" ")[0] in BARE else f"has {did}"


def _says_who(did: str) -> bool:
    return did.split(" ")[0].lower() in SUBJECTS


def _investigating(text: str) -> str:
    return _sentence("We are investigating", text, "we are", "we're", "investigating")


def _not_known(text: str) -> str:
    return _sentence(
        "We do not yet know", text, "we do not yet know", "we don't yet know", "we do not know yet", "we don't know yet",
        "we do not know", "we don't know",
    )  # fmt: skip


def _what_to_do(situation: str, action: str) -> str:
    what, whose = clause(action, "please"), clause(situation, "if", "you")
    if not what:
        return ""
    asked = what if what.startswith(("you ", "there ", "nothing ")) else f"please {what}"
    if whose and not _says_who(whose):
        whose = f"you {whose}"
    return _stopped(f"If {whose}, {asked}" if whose else asked[:1].upper() + asked[1:])


def _sentence(beginning: str, text: str, *openings: str) -> str:
    rest = clause(text, *openings)
    return _stopped(f"{beginning} {rest}") if rest else ""


def _stopped(text: str) -> str:
    text = text.rstrip()
    return text if _QUOTED_END.search(text) else f"{text.rstrip(_ENDS)}."


def _line(text: str) -> str:
    return " ".join(text.split())
