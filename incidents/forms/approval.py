"""What an approver, a commander in an emergency and a reviewer type."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django import forms

from accounts.fields import MomentField
from incidents.models import EmergencyReview, ReturnComment

# How a reason often begins. Whoever returns something may choose one, and write on or leave it at that.
STARTERS = {
    "facts": "Something in it has no confirmed fact behind it. Cite one, or take it out.",
    "unknown": "It says more than we know. Say what we do not know yet.",
    "people": "Say who is affected and what they can do now, in words they would use.",
    "promise": "It promises what nobody owns, or by no time. Give an owner and a time with its zone.",
    "tone": "It shrinks, excuses or blames. Say what happened to people.",
    "privacy": "It could show who somebody is. Take that out.",
}
COMMENT_LIMIT = 2_000
COMMENT = "comment-"


class Passage(NamedTuple):
    """A passage of the words with the field for a comment on it."""

    text: str
    bound: forms.BoundField


class DecisionForm(forms.Form):
    """Which words were on the screen when the button was pressed."""

    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)


class ReturnForm(forms.Form):
    """Stands on one page with ``EmergencyForm``, so that each has ids of its own."""

    starter = forms.ChoiceField(
        label="Begin with",
        help_text="Choose one if it fits. What you write below is added to it.",
        choices=[("", "Nothing: in my own words"), *STARTERS.items()],
        required=False,
    )
    reason = forms.CharField(
        label="What has to change",
        help_text="Goes to the author by email.",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2_000,
        required=False,
    )

    def __init__(self, *args: Any, said: Mapping[tuple[str, int], str], **kwargs: Any) -> None:
        """``said``: the passages that can be commented on, by part and paragraph."""
        super().__init__(*args, auto_id="id_return_%s", **kwargs)
        self.said = said
        for part, paragraph in said:
            label = ReturnComment.Part(part).label
            self.fields[f"{COMMENT}{part}-{paragraph}"] = forms.CharField(
                label=f"{label}, paragraph {paragraph}: your comment" if paragraph else f"{label}: your comment",
                widget=forms.Textarea(attrs={"rows": 2}),
                max_length=COMMENT_LIMIT,
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        parts = (STARTERS.get(cleaned.get("starter", ""), ""), cleaned.get("reason", ""))
        cleaned["whole"] = "\n\n".join(part for part in parts if part)
        if not cleaned["whole"] and not self.errors:
            self.add_error("reason", "Say what has to change. The author gets these words.")
        return cleaned

    @property
    def passages(self) -> Iterator[Passage]:
        for (part, paragraph), text in self.said.items():
            yield Passage(text, self[f"{COMMENT}{part}-{paragraph}"])

    def comments(self) -> dict[tuple[str, int], str]:
        """What was typed beside the passages. Only of a valid form."""
        typed = {key: self.cleaned_data[f"{COMMENT}{key[0]}-{key[1]}"] for key in self.said}
        return {key: text for key, text in typed.items() if text}


class EmergencyForm(DecisionForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="id_emergency_%s", **kwargs)

    reason = forms.CharField(
        label="Why it cannot wait for a second person",
        help_text="Stays inside. The person who reviews it within the hour reads it.",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2_000,
        error_messages={"required": "Say in writing why it cannot wait."},
    )


class ScheduleForm(DecisionForm):
    """For which time. The digest is that of the words on the screen, as when approving at once."""

    def __init__(self, *args: Any, zone: str | ZoneInfo, **kwargs: Any) -> None:
        self.zone = zone
        super().__init__(*args, auto_id="id_schedule_%s", **kwargs)

    publish_at = MomentField(
        label="Publish it at",
        help_text="One minute to seven days ahead, ten minutes before the update it promises. For example: 16:00, in 20 min.",
        future=True,
        error_messages={"required": "Enter the time at which it goes out."},
    )


class ReviewForm(forms.Form):
    """What a second person says of what one published in an emergency. An objection says what is wrong."""

    verdict = forms.ChoiceField(
        label="Would you have approved it?",
        widget=forms.RadioSelect,
        choices=[
            (EmergencyReview.Verdict.APPROVES, "I would have approved it"),
            (EmergencyReview.Verdict.OBJECTS, "I object. It has to be corrected"),
        ],
        error_messages={"required": "Say whether you would have approved it, or object."},
    )
    finding = forms.CharField(
        label="What you found",
        help_text="An objection needs it: say what is wrong. Stays inside.",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2_000,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        objects = cleaned.get("verdict") == EmergencyReview.Verdict.OBJECTS
        if objects and cleaned.get("finding") == "":
            self.add_error("finding", "Say what is wrong in it. Whoever writes the correction reads this.")
        return cleaned
