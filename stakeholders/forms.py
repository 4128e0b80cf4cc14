"""The forms of groups and contacts. They clean values and never save; what is missing is said by the operation, all at once."""

from django import forms

from accounts.fields import TermField
from accounts.forms import LineField, zone_choices
from accounts.seen import SeenField
from stakeholders import contact_fields, lists
from stakeholders.models import ContactChannel, GroupKind, Rating, Scenario
from stakeholders.operations import groups


def _text(label: str, *, rows: int, hint: str = "") -> forms.CharField:
    # The limit is the operation's; this one only keeps out what nobody types.
    widget = forms.Textarea(attrs={"rows": rows, "class": "words"})
    return forms.CharField(label=label, required=False, help_text=hint, widget=widget, max_length=20_000)


def _line(name: str, hint: str = "") -> LineField:
    return LineField(label=groups.LABELS[name], required=False, help_text=hint, max_length=groups.LINES[name])


def _term(name: str, hint: str) -> TermField:
    return TermField(label=groups.LABELS[name], help_text=hint, required=False)


def _decision(scenario: Scenario) -> forms.ChoiceField:
    return forms.ChoiceField(label=scenario.label, choices=list(groups.CHOICES.items()), required=False)


def _note(scenario: Scenario) -> LineField:
    return LineField(label=f"Note: {scenario.label.lower()}", required=False, max_length=groups.NOTE_LIMIT)


class GroupForm(forms.Form):
    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    seen = SeenField()
    name = _line("name")
    kind = forms.ChoiceField(
        label=groups.LABELS["kind"], choices=GroupKind.choices, help_text="Rules hang on this, not on the name."
    )
    needs = _text(groups.LABELS["needs"], rows=6, hint="One question to a line, as they would ask it.")
    relationship = _line("relationship", "For example “Parties to a contract”.")
    influence = forms.ChoiceField(label=groups.LABELS["influence"], choices=Rating.choices)
    interest = forms.ChoiceField(label=groups.LABELS["interest"], choices=Rating.choices)
    channel = _text(groups.LABELS["channel"], rows=2)
    tone = _line("tone")
    timing = _line("timing")
    tell_within = _term(
        "tell_within", "From detection, or from the stage that telling them waits for. For example “4 h” or “30 min”."
    )
    answer_within = _term("answer_within", "From when a question came in. For example “2 h”.")
    ready_answer = _text(
        groups.LABELS["ready_answer"], rows=4, hint="Ready for every incident, so it claims nothing about any."
    )
    told_by_page = forms.BooleanField(label=groups.LABELS["told_by_page"], required=False)
    default_shared_reply = _decision(Scenario.SHARED_REPLY)
    note_shared_reply = _note(Scenario.SHARED_REPLY)
    default_dispute = _decision(Scenario.DISPUTE)
    note_dispute = _note(Scenario.DISPUTE)
    default_policy_breach = _decision(Scenario.POLICY_BREACH)
    note_policy_breach = _note(Scenario.POLICY_BREACH)
    default_mass_failure = _decision(Scenario.MASS_FAILURE)
    note_mass_failure = _note(Scenario.MASS_FAILURE)

    @property
    def decisions(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The choice for each scenario with its note."""
        return [(self[f"default_{scenario}"], self[f"note_{scenario}"]) for scenario in Scenario.values]


def _about(name: str, hint: str = "") -> LineField:
    most = contact_fields.LONGEST[name]
    return LineField(label=contact_fields.LABELS[name], required=False, help_text=hint, max_length=most)


class ContactForm(forms.Form):
    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    seen = SeenField()
    name = _about("name")
    organisation = _about("organisation")
    channel = forms.ChoiceField(label=contact_fields.LABELS["channel"], choices=ContactChannel.choices)
    address = _about("address", "Messages go there when they are reached by email.")
    reach = _about("reach", "What a person uses to reach them, where it is not email.")
    language = _about("language", "A code such as de or pt-BR. Leave it empty if you do not know.")
    zone = forms.ChoiceField(
        label=contact_fields.LABELS["zone"], required=False, choices=lambda: [("", "Not known"), *zone_choices()]
    )
    notice_hours = forms.IntegerField(
        label=contact_fields.LABELS["notice_hours"],
        help_text="In hours, as the contract says. Leave it empty if there is none.",
        required=False, min_value=1, max_value=contact_fields.MOST_HOURS,
    )  # fmt: skip


class AddressesForm(forms.Form):
    addresses = forms.CharField(
        label="Add addresses",
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
        help_text="One to a line, with a name or without: Ada Brandt <ada@example.org>.",
        max_length=600_000,
        error_messages={"required": "Write at least one address."},
    )


class ListForm(forms.Form):
    """A file or what was pasted. Whichever it is stands in `text` afterwards, so that nobody has to choose it again."""

    file = forms.FileField(
        label="File",
        required=False,
        allow_empty_file=True,
        help_text="CSV in UTF-8, up to 1 MB.",
        widget=forms.FileInput,
    )
    text = forms.CharField(
        label="Or paste the list",
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off", "spellcheck": "false"}),
        help_text="One row for each contact. If you choose a file, this is not read.",
        required=False, strip=False, max_length=lists.MOST_BYTES,
    )  # fmt: skip


class ConfirmListForm(forms.Form):
    """The list as it was shown, with what was shown of it."""

    text = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)
    digest = forms.CharField(widget=forms.HiddenInput, required=False)
    verdicts = forms.CharField(widget=forms.HiddenInput, required=False)
    leave_out = forms.BooleanField(required=False)
