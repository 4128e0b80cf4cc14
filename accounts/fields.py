"""Form fields that every room may use."""

from datetime import UTC, datetime
from typing import Any, ClassVar, NamedTuple
from zoneinfo import ZoneInfo

from django import forms

import clock
import moments

UNSEEN = "unseen"  # the code of an error that only asks to look at the reading: nothing typed is wrong


class Typed(NamedTuple):
    """What came back from the browser: the text, and the reading of it that was on the screen."""

    text: str
    seen: str


class MomentInput(forms.TextInput):
    """A line of text, with the reading that was shown beside it in a second, hidden input."""

    moment = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Typed | None:
        text = data.get(name)
        return None if text is None else Typed(text.strip(), data.get(f"{name}-seen", ""))

    def format_value(self, value: Any) -> str:
        return value.text if isinstance(value, Typed) else value or ""


class MomentBound(forms.BoundField):
    """Adds to the field what its template shows: how the text is understood, and what to send back as seen."""

    field: "MomentField"

    @property
    def understood(self) -> str:
        at = self._at()
        return moments.reading(at, self.field.zone) if at else ""

    @property
    def seen(self) -> str:
        at = self._at()
        return stamp(self._text(), at) if at else ""

    def _text(self) -> str:
        return MomentInput().format_value(self.value())

    def _at(self) -> datetime | None:
        typed = self.data if self.form.is_bound else Typed(self._text(), "")
        if not typed or not typed.text:
            return None
        try:
            return self.field.read(typed)
        except moments.Unreadable:
            return None


class MomentField(forms.Field):
    """A time typed as text: "in 30 min", "15:30", "tomorrow 9". Cleans to an aware UTC datetime, or None.

    The reader's zone is the form's `zone` (a key or ZoneInfo; UTC without one). `future` and `past` say on which side
    of now the time must lie. A text that leaves anything to be understood is refused once, with the reading shown
    beside it; sending it again, unchanged, takes that very reading. With scripts the reading is already there.
    """

    widget = MomentInput
    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": "Enter a time.",
        UNSEEN: "We read this as %(reading)s. If that is right, send it again; if not, change it.",
    }

    def __init__(self, *, future: bool = False, past: bool = False, **kwargs: Any) -> None:
        self.future, self.past = future, past  # before super, which asks for the widget's attributes
        super().__init__(**kwargs)
        self.zone: str | ZoneInfo = "UTC"

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"data-side": "future"} if self.future else {"data-side": "past"} if self.past else {}

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> MomentBound:
        self.zone = getattr(form, "zone", None) or "UTC"
        self.widget.attrs["data-zone"] = str(self.zone)
        return MomentBound(form, self, field_name)

    def prepare_value(self, value: Any) -> Any:
        return moments.exact(value) if isinstance(value, datetime) else value

    def clean(self, value: Any) -> datetime | None:
        if not isinstance(value, Typed) or not value.text:
            self.validate(None)
            return None
        try:
            at = self.read(value)
        except moments.Unreadable as unreadable:
            raise forms.ValidationError(unreadable.sentence, code="unreadable") from unreadable
        if value.seen != stamp(value.text, at) and not is_exact(value.text, at):
            reading = {"reading": moments.reading(at, self.zone)}
            raise forms.ValidationError(self.error_messages[UNSEEN], code=UNSEEN, params=reading)
        return at

    def has_changed(self, initial: Any, data: Any) -> bool:
        said = moments.exact(initial) if isinstance(initial, datetime) else initial or ""
        return said != (data.text if isinstance(data, Typed) else data or "")

    def read(self, typed: Typed) -> datetime:
        """The instant meant; of a text shown before, the reading shown then, so that "in 30 min" stands still."""
        shown = shown_before(typed)
        text = moments.exact(shown) if shown else typed.text
        return moments.parse(text, now=clock.now(), zone=self.zone, future=self.future, past=self.past)


def stamp(text: str, at: datetime) -> str:
    """The hidden note that says: this text was shown to be this instant."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ} {text}"


def shown_before(typed: Typed) -> datetime | None:
    at, _, text = typed.seen.partition(" ")
    if text != typed.text:
        return None
    try:
        return datetime.strptime(at, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def is_exact(text: str, at: datetime) -> bool:
    """Whether the text leaves nothing to understand: day, time and UTC are written out, as `exact` does, or it is "now"."""
    return text == moments.exact(at) or moments.is_now(text)


class TermField(forms.CharField):
    """A length of time typed as text: "4 h", "90 min", "2 days". Cleans to whole minutes, or None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=moments.LONGEST, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return moments.exact_term(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return int(moments.term(text).total_seconds() // 60)
        except moments.Unreadable as unreadable:
            raise forms.ValidationError(unreadable.sentence) from unreadable
