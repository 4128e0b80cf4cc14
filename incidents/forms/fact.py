"""Forms of facts."""

from typing import Any

from django import forms

from accounts.fields import MomentField
from accounts.seen import SeenField
from incidents.forms.incident import ZonedForm
from incidents.models import Fact, FactChange

EVIDENCE = [choice for choice in Fact.Source.choices if choice[0] != Fact.Source.AGENT_ACCOUNT]
KNOWN = [("known", "It is so, as far as the source says"), ("not_known", "Not known yet")]


class FactForm(ZonedForm):
    """Also for changing one; then `seen_version` and `seen` are what the person had before them."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    seen = SeenField()
    question = forms.ChoiceField(
        label="Which question does it answer?",
        choices=Fact.Question.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the question that it answers."},
    )
    known = forms.ChoiceField(label="How far is it known?", choices=KNOWN, widget=forms.RadioSelect, initial="known")
    text = forms.CharField(
        label="Fact",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text="One thing, with numbers and times. No guess about why. If it is not known yet, what is not known.",
        error_messages={"required": "Write what is so, or what is not known yet."},
    )
    is_cause = forms.BooleanField(label="This is the cause", required=False)
    measure = forms.ChoiceField(
        label="Does it count how far it went?",
        choices=[("", "No"), *Fact.Measure.choices],
        required=False,
        help_text="Rows, executions and people are different numbers. Public words are held against these.",
    )
    value = forms.IntegerField(
        label="How many",
        required=False,
        min_value=0,
        max_value=10**15,
        help_text="Digits only. Leave it empty if it is not known yet.",
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": "Enter a whole number in digits, for example 847."},
    )
    source_kind = forms.ChoiceField(
        label="What kind of source is it?",
        choices=Fact.Source.choices,
        help_text="What the agent says about itself is generated text. It can be reported, and never confirms anything.",
    )
    source = forms.CharField(
        label="Source",
        max_length=200,
        help_text="Where somebody else can look. If it is not known yet: who finds out, and from where.",
        error_messages={"required": "Say where this comes from, or who finds it out."},
    )
    observed_at = MomentField(
        label="As of",
        past=True,
        help_text="When it was seen to be so, which is often earlier than now. For example “now”, “14:05” or “20 min ago”.",
        error_messages={"required": "Enter as of when this holds. “now” is an answer."},
    )

    def values(self) -> dict[str, Any]:
        """What a fact is said to be, as the operations take it."""
        kept = {
            name: self.cleaned_data[name]
            for name in ("question", "text", "is_cause", "measure", "value", "source_kind", "source", "observed_at")
        }
        return kept | {"not_known": self.cleaned_data["known"] == "not_known"}


class ChangeForm(FactForm):
    """A fact that is said otherwise. Of one that nobody was told of, nothing is asked about what was said (R8)."""

    published = forms.ChoiceField(
        label="What does this change mean for what was said?",
        choices=FactChange.Published.choices,
        widget=forms.RadioSelect,
        required=False,
        help_text="A number that has grown since was true. A number that was counted wrongly was wrong: then a correction is "
        "owed. If you change only where the fact comes from, leave this open.",
    )

    def __init__(self, *args: Any, told: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not told:
            del self.fields["published"]


class ConfirmForm(forms.Form):
    seen_version = forms.IntegerField(widget=forms.HiddenInput)
    confirmation_kind = forms.ChoiceField(
        label="What did you check it against?",
        choices=EVIDENCE,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose what kind of source you checked it against.",
            "invalid_choice": "Name a source other than the agent’s own account, which is generated text and no evidence.",
        },
    )
    confirmation_source = forms.CharField(
        label="Which one, exactly",
        max_length=200,
        help_text="So that the next person finds it: the log and the line, the person and the call.",
        error_messages={"required": "Name the source you checked it against."},
    )


class RetractForm(forms.Form):
    seen_version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why it is not so",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text="The fact stays readable, struck through, with this reason beside it.",
        error_messages={"required": "Say why it is not so."},
    )
