"""What may stand in the header of a message. Everything else is refused or taken out before it gets there."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from refusals import Incomplete, Missing

# Marks that turn the direction of what follows: they can make a subject read as something it is not.
TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LINE_ENDS = {"\u2028", "\u2029", "\u0085"}
_valid = EmailValidator()


def counted(number: int) -> str:
    """How many, in words: "1 address", "1,200 addresses"."""
    return f"{number:,} {'address' if number == 1 else 'addresses'}"


def line(text: str) -> str:
    """Any text as one line that is safe in a header: white space folded, turning marks and control characters out."""
    folded = " ".join(TURNING.sub("", text).split())
    return "".join(sign for sign in folded if not _controls(sign))


def header(text: str, name: str) -> str:
    """``text`` without turning marks. Refuses line ends and control characters: those were put there on purpose."""
    if any(_controls(sign) for sign in text):
        raise Incomplete(f"The {name} of a message is one line. Take out line ends and control characters.")
    return TURNING.sub("", text).strip()


def address(text: str) -> str:
    """An address that every server reads in one way: no quoted names, no literal hosts, no control characters."""
    plain = text.strip()
    try:
        if plain != text or any(_controls(sign) for sign in plain) or plain.startswith('"') or "@[" in plain:
            raise ValidationError("not plain")
        _valid(plain)
    except ValidationError:
        sentence = f"“{line(text)}” cannot be used as an email address."
        raise Incomplete(sentence, [Missing("Correct the address of this person or team.", "desk:people")]) from None
    name, _, host = plain.rpartition("@")
    return f"{name}@{host.encode('idna').decode()}" if not host.isascii() else plain


def _controls(sign: str) -> bool:
    return sign in _LINE_ENDS or unicodedata.category(sign) == "Cc"
