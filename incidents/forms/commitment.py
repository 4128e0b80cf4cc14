"""Forms about commitments: drafted with a statement, reported done, verified, changed, handed on."""

from typing import Any

from django import forms

from accounts.fields import MomentField
from accounts.models import User
from incidents.forms.incident import ZonedForm
from incidents.models import Commitment
from incidents.models.commitment import OWNER_LIMIT, TEXT_LIMIT


class PersonField(forms.ModelChoiceField):
    def label_from_instance(self, person: User) -> str:
        return f"{person.name}, {person.email}"


def words(label: str, missing: str, *, hint: str = "", rows: int = 3, limit: int = TEXT_LIMIT) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        widget=forms.Textarea(attrs={"rows": rows}),
        max_length=limit,
        error_messages={"required": missing},
    )


class DraftForm(ZonedForm):
    """What a commitment has to say before anybody can hold you to it (R22)."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput)
    text = words(
        "What will be done",
        "Say what will be done.",
        hint="One sentence in public words: “We …”. Name the thing, not the intention.",
    )
    public_owner = forms.CharField(
        label="Owner, as the public reads it",
        max_length=OWNER_LIMIT,
        help_text="A role or a team, for example “Head of Operations”. Names of people stay inside.",
        error_messages={"required": "Say who owns it, as the public will read it."},
    )
    owner = PersonField(
        label="Person who owns it",
        queryset=User.objects.none(),
        empty_label="Choose a person",
        help_text="Gets the reminders. Stays inside.",
        error_messages={"required": "Choose the person who owns it."},
    )
    due_at = MomentField(
        label="Done by",
        future=True,
        help_text="For example “Friday 17:00” or “20 Nov 12:00”. Once it passes, the public page says that it was missed.",
        error_messages={"required": "Give the deadline."},
    )
    verification = words(
        "How somebody outside can check",
        "Say how somebody outside can check that it was done.",
        hint="What they will see, and where: “The run log of each week is published on Friday.”",
        rows=2,
    )

    def __init__(self, *args: Any, version: int, draft: Commitment | None = None, **kwargs: Any) -> None:
        first: dict[str, Any] = {"seen_version": version}
        if draft:
            names = ("text", "public_owner", "owner", "due_at", "verification")
            first |= {name: getattr(draft, name) for name in names}
        super().__init__(*args, initial=first, **kwargs)
        self.fields["owner"].queryset = User.objects.active()


class EvidenceForm(ZonedForm):
    text = words(
        "Evidence",
        "Say how it shows that it was done.",
        hint="What was done, and where another person can see it. Stays inside.",
    )
    dated_at = MomentField(
        label="Done at",
        past=True,
        help_text="When it was done: “now”, “today 15:00” or “18 Nov 12:00”. After the deadline it counts as kept late.",
        error_messages={"required": "Say when it was done."},
    )


class RefuseForm(forms.Form):
    reason = words(
        "What is missing", "Say what is missing, so that the owner can mend it.", hint="The owner gets these words."
    )


class AmendForm(ZonedForm):
    new_text = forms.CharField(
        label="New text",
        required=False,
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Leave it as it is if only the date changes.",
    )
    new_due_at = MomentField(
        label="New deadline",
        future=True,
        required=False,
        help_text="Leave it empty if only the text changes. The first date stays visible in public.",
    )
    public_reason = words("Why, as the public will read it", "Say why, as the public will read it.")

    def __init__(self, *args: Any, made: Commitment, **kwargs: Any) -> None:
        super().__init__(*args, initial={"new_text": made.text}, **kwargs)
        self.made = made

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        same_text = given.get("new_text", "").strip() in ("", self.made.text)
        if same_text and not given.get("new_due_at") and "new_due_at" not in self.errors:
            self.add_error("new_due_at", "Give another deadline, or change the text.")
        return given


class PublicReasonForm(ZonedForm):
    """For a withdrawal, and for the explanation of a miss."""

    public_reason = words("Why, as the public will read it", "Say why, as the public will read it.", rows=4)

    def __init__(self, *args: Any, made: Commitment | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class ReassignForm(forms.Form):
    owner = PersonField(
        label="New owner",
        queryset=User.objects.none(),
        empty_label="Choose a person",
        error_messages={"required": "Choose the new owner."},
    )
    reason = words("Why it changes hands", "Say why it changes hands.", hint="Stays inside.", rows=2)

    def __init__(self, *args: Any, made: Commitment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = User.objects.active().exclude(pk=made.owner_id)


class NotMineForm(ZonedForm):
    reason = words(
        "Whose is it, or why is it not yours?",
        "Say whose it is, or why it is not yours.",
        hint="The commander and the team’s lead read this.",
    )
