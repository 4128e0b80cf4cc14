"""What every template speaks with: icons, states, times, form fields. A builtin library, so no `{% load %}`.

Times read `zone` (a zone key) and `now` from the context. Without `now` a time is printed with its date, because
that is true whenever it is read; public pages get `now` only from whoever also knows when the page must be built again.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from django import forms, template
from django.template.base import NodeList, Parser, Token
from django.utils.html import format_html, urlize
from django.utils.safestring import SafeString, mark_safe

import moments
from accounts.fields import UNSEEN
from config.templatetags import symbols

register = template.Library()

Symbols = dict[str, tuple[str, str, str]]


# Drawings and states: the word is always beside the shape


@register.simple_tag
def icon(name: str) -> SafeString:
    """{% icon "clock" %}: a line drawing, hidden from readers; the word beside it says the meaning."""
    return _svg("icon", 24, symbols.ICONS[name])


@register.simple_tag
def shape(name: str) -> SafeString:
    """{% shape "kept" %}: the bare shape, for places that print the word themselves."""
    return _svg("shape", 16, symbols.SHAPES[name])


@register.simple_tag
def brandmark() -> SafeString:
    return _svg("brandmark", 20, '<path d="M3.5 13 10 2l6.5 11M3 18h14"/>')


@register.simple_tag
def status(state: str, word: str = "") -> SafeString:
    """{% status component.state %}, or {% status "degraded" "Answers are slow" %} with a word of your own."""
    return _state(symbols.SERVICE, state, word)


@register.simple_tag
def confidence(value: str, word: str = "") -> SafeString:
    return _state(symbols.CONFIDENCE, value, word)


@register.simple_tag
def urgency(value: str, word: str = "") -> SafeString:
    return _state(symbols.URGENCY, value, word)


@register.simple_tag
def commitment_state(value: str, word: str = "") -> SafeString:
    return _state(symbols.COMMITMENT, value, word)


@register.simple_tag
def message_state(value: str, word: str = "") -> SafeString:
    return _state(symbols.MESSAGE, value, word)


@register.simple_tag
def containment_state(value: str, word: str = "") -> SafeString:
    return _state(symbols.CONTAINMENT, value, word)


@register.simple_tag
def clock_state(value: str, word: str = "") -> SafeString:
    return _state(symbols.CLOCK, value, word)


@register.simple_tag
def standing(value: str, word: str = "") -> SafeString:
    return _state(symbols.STANDING, value, word)


def _state(table: Symbols, value: str, word: str) -> SafeString:
    colour, drawing, default = table[value]
    return _drawn(colour, drawing, word or default)


@lru_cache(maxsize=256, typed=True)  # a long list shows the same few; what is safe and what is not are two of them
def _drawn(colour: str, drawing: str, word: str) -> SafeString:
    return format_html('<span class="st {}">{} {}</span>', colour, shape(drawing), word)


@cache
def _svg(kind: str, size: int, paths: str) -> SafeString:
    return format_html(
        '<svg class="{}" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>',
        kind, size, size, mark_safe(paths),  # noqa: S308 - constants of symbols.py
    )  # fmt: skip


# Words


@register.filter
def linked(text: str) -> SafeString:
    """Addresses in a person's words as links that say nothing of this site and lend it no weight; the rest is escaped."""
    made = urlize(text, nofollow=True, autoescape=True)
    return mark_safe(made.replace(' rel="nofollow"', ' rel="noopener noreferrer nofollow"'))  # noqa: S308 - escaped by urlize


@register.filter
def grouped(number: int) -> str:
    """{{ 12345|grouped }}: "12,345", as public words have it."""
    return f"{number:,}"


# Times


@register.simple_tag(takes_context=True)
def moment(context: template.Context, at: datetime | None, style: str = "") -> SafeString | str:
    """{% moment at %} prints <time>15:30 UTC</time> (16:30 CET), dated when `now` is another day or not known.

    Styles: "full" always dates, "clock" never does (where the day stands beside it), "utc" leaves out the other zone;
    "utc clock" does both.
    """
    if at is None:
        return ""
    zone = "UTC" if "utc" in style else context.get("zone") or "UTC"
    now = at if "clock" in style else None if style == "full" else context.get("now")
    said, _, beside = moments.phrase(at, zone, now=now).partition(" (")
    dated = '<time datetime="{}">{}</time>'
    undated = '<time datetime="{}" class="num">{}</time>'  # which is never parted from its zone
    stamp = format_html(dated if "," in said else undated, _iso(at), said)
    return format_html('{} <span class="beside">({}</span>', stamp, beside) if beside else stamp


@register.simple_tag(takes_context=True)
def ago(context: template.Context, at: datetime) -> str:
    """{% ago at %}: "14 min" between `at` and `now`, whichever comes first. Only beside the absolute time."""
    return moments.span(context["now"] - at)


@register.simple_tag
def countdown(at: datetime, said: str = "") -> SafeString:
    """{% countdown at %}: how long until `at`, filled in by the browser; `said` is there without scripts."""
    return _ticking("until", at, said)


@register.simple_tag
def elapsed(at: datetime, said: str = "") -> SafeString:
    """{% elapsed at %}: how long since `at`, filled in by the browser."""
    return _ticking("since", at, said)


@register.filter
def span(delta: timedelta) -> str:
    """{{ delta|span }}: "2 h 29 min"."""
    return moments.span(delta)


@register.filter
def until(at: datetime, now: datetime) -> str:
    """{{ due|until:now }}: "in 14 min" or "6 min over"."""
    minute = now.replace(second=0, microsecond=0)  # as a reader of the clock counts
    return f"in {moments.span(at - minute)}" if at > minute else f"{moments.span(minute - at)} over"


def _ticking(direction: str, at: datetime, said: str) -> SafeString:
    return format_html(
        '<span class="num" role="timer" aria-live="off" data-{}="{}">{}</span>',
        direction,
        _iso(at),
        said,
    )


def _iso(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


# Forms


@register.inclusion_tag("forms/_field.html")
def field(bound: forms.BoundField, **options: Any) -> dict[str, Any]:
    """{% field form.headline %}: label, hint, error and control, tied together for a screen reader.

    Options: `cls` for the control ("w-s", "w-m", "words"), `label`, `hint`, and any attribute of the control
    (`rows=9`, `autocomplete="email"`).
    """
    kind = _kind(bound)
    hint = options.pop("hint", bound.help_text)
    described = _described(bound, kind, hint)
    return {
        "bound": bound,
        "kind": kind,
        "label": options.pop("label", bound.label),
        "hint": hint,
        "described": described,
        "errors": _errors(bound),
        "to_check": [error.code for error in bound.errors.as_data()] == [UNSEEN],
        "control": "" if kind == "choices" else bound.as_widget(attrs=_attrs(bound, kind, described, options)),
        "choices": list(bound) if kind == "choices" else [],
    }


def _described(bound: forms.BoundField, kind: str, hint: str) -> str:
    parts = {"hint": bool(hint), "error": bool(bound.errors), "read": kind == "moment"}
    return " ".join(f"{bound.auto_id}-{part}" for part, there in parts.items() if there)


def _attrs(bound: forms.BoundField, kind: str, described: str, options: dict[str, str]) -> dict[str, Any]:
    own = bound.field.widget.attrs.get("class", "")
    standard = "" if kind in ("check", "text") else "input"
    attrs = {"class": " ".join(filter(None, [own, standard, options.pop("cls", "")])), **options}
    if described:
        attrs["aria-describedby"] = described
    if kind == "moment":
        attrs |= {"data-moment": f"{bound.auto_id}-read", "autocomplete": "off"}
    return {name: value for name, value in attrs.items() if value}


def _kind(bound: forms.BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choices"
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.Textarea):
        return "text"
    return "moment" if hasattr(widget, "moment") else "input"


@register.inclusion_tag("forms/_problems.html")
def problems(*filled: forms.BaseForm) -> dict[str, Any]:
    """{% problems form other_form %}: the error summary, or nothing. Takes the focus when the page loads."""
    lines: list[tuple[str, str]] = []
    for form in filled:
        for bound in form:
            lines += [(_anchor(bound), error) for error in _errors(bound)]
        lines += [("", str(error)) for error in form.non_field_errors()]
    return {"lines": lines, "only_times": _only_times(filled)}


def _only_times(filled: Iterable[forms.BaseForm]) -> bool:
    """Whether nothing is wrong, and times only wait for somebody to look at how they were understood."""
    codes = {error.code for form in filled for errors in form.errors.as_data().values() for error in errors}
    return codes == {UNSEEN}


def _errors(bound: forms.BoundField) -> list[str]:
    """The errors of a field. Where nobody wrote better words than "This field is required", they name the field."""
    verb = {"choices": "Choose", "check": "Tick"}.get(_kind(bound), "Fill in")
    if isinstance(bound.field.widget, forms.Select):
        verb = "Choose"
    standard = str(forms.Field.default_error_messages["required"])
    said = [f"{verb} “{bound.label}”." if str(error) == standard else str(error) for error in bound.errors]
    for at, error in enumerate(bound.errors.as_data()):
        if isinstance(error.params, dict) and said[at].startswith("Ensure this value has at most"):
            said[at] = _too_long(bound, error.params)
    return said


def _too_long(bound: forms.BoundField, counted: dict[str, Any]) -> str:
    return f"Shorten “{bound.label}” to {counted['limit_value']:,} characters at most. It has {counted['show_value']:,} now."


def _anchor(bound: forms.BoundField) -> str:
    """The control itself; of a group, its first one."""
    return f"{bound.auto_id}_0" if _kind(bound) == "choices" else str(bound.auto_id)


@register.simple_tag(takes_context=True)
def error_prefix(context: template.Context) -> str:
    """ "Error: " for the title of a page with a problem: a form in the context has errors, or `problem` is set.

    "Check: " when all there is to do is to look at how a time was understood.
    """
    values: list[Any] = list(context.flatten().values())
    wrong = [value for value in values if isinstance(value, forms.BaseForm) and value.errors]
    if wrong and not context.get("problem") and _only_times(wrong):
        return "Check: "
    return "Error: " if wrong or context.get("problem") else ""


# Page skeletons


class CurrentNode(template.Node):
    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: template.Context) -> str:
        context["current"] = self.nodelist.render(context).strip()
        return ""


@register.tag
def current(parser: Parser, token: Token) -> CurrentNode:
    """{% current %}{% block nav_current %}{% endblock %}{% endcurrent %}: a skeleton can compare what the page said."""
    nodelist = parser.parse(("endcurrent",))
    parser.delete_first_token()
    return CurrentNode(nodelist)


@register.simple_tag(takes_context=True)
def room(context: template.Context, path: str, name: str, key: str = "") -> SafeString:
    """The opening <a> of a room in the rail, marked when the page says so or lies below it; `key` follows g."""
    here = context["request"].path
    said = context.get("current") or ""
    below = here.startswith(path) and path != DESK
    value = "page" if here == path else "true" if said == name or (below and not said) else ""
    return format_html(
        '<a href="{}"{}{}>',
        path,
        format_html(' aria-current="{}"', value) if value else "",
        format_html(' data-go="{}"', key) if key else "",
    )


DESK = "/desk/"


@register.simple_tag(takes_context=True)
def clock_face(context: template.Context) -> SafeString:
    """The clock of the desk: UTC, and the reader's own zone below it."""
    now = context["now"]
    zone = context.get("zone") or "UTC"
    return format_html(
        '<time datetime="{}" data-clock>{} UTC</time> <span data-clock="{}">{}</span>',
        _iso(now), f"{now.astimezone(UTC):%H:%M}", zone, moments.beside_utc(now, zone),
    )  # fmt: skip
