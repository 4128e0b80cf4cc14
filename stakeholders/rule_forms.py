"""The forms of legal clocks. They read what was typed; what makes no rule is said by the operation, each at its field."""

from typing import Any

from django import forms

from accounts.forms import LineField, zone_choices
from stakeholders import countries
from stakeholders.models import Addressee, LegalRole, Profile, ReportingRule, Sector, StartEvent
from stakeholders.operations.rule_guards import LIMITS, LONGEST_NOTES, label
from stakeholders.operations.rules import FIELDS, PROFILE_FIELDS

DAY_HINT = "Year, month and day, such as 2026-11-20."
NO_DAY = "This is no day of the calendar. Write one like 2026-11-20."
NO_NUMBER = "Write a whole number, such as 72."


class CountriesField(LineField):
    """Two letters each, kept as a list. Which of them are countries is said by the operation."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        return countries.read(super().clean(value))


class CodeField(LineField):
    def clean(self, value: Any) -> str:
        return super().clean(value).upper()


def _line(name: str, hint: str = "") -> LineField:
    return LineField(label=label(name), required=False, max_length=LIMITS[name], help_text=hint)


def _day(name: str, hint: str = DAY_HINT) -> forms.DateField:
    return forms.DateField(
        label=label(name), required=False, help_text=hint, input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"autocomplete": "off"}), error_messages={"invalid": NO_DAY},
    )  # fmt: skip


def _number(name: str, hint: str = "") -> forms.IntegerField:
    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    return forms.IntegerField(
        label=label(name), required=False, help_text=hint, widget=widget, error_messages={"invalid": NO_NUMBER}
    )


def _tick(name: str) -> forms.BooleanField:
    return forms.BooleanField(label=label(name), required=False)


def _several(name: str, choices: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label(name), choices=choices, required=False, widget=forms.CheckboxSelectMultiple
    )


class RuleForm(forms.Form):
    """Nothing is required here, so that everything that is missing is said at once."""

    seen = forms.CharField(required=False, max_length=24, widget=forms.HiddenInput)
    regime = _line("regime")
    reference = _line("reference", "Article, section or clause.")
    who = _line("who")
    recipient = _line("recipient")
    addressees = _several("addressees", Addressee.choices)
    length = _number("length", "Empty where the rule names none.")
    unit = forms.ChoiceField(label=label("unit"), choices=ReportingRule.Unit.choices)
    also_prompt = _tick("also_prompt")
    after_year_end = _tick("after_year_end")
    starts = _several("starts", StartEvent.choices)
    starts_words = _line("starts_words", "As the rule has it; needed for an event that this rule alone waits for.")
    after_code = CodeField(
        label=label("after_code"),
        required=False,
        max_length=24,
        help_text="The code of the rule whose report comes first.",
    )
    cap_hours = _number("cap_hours", "A second limit, counted from another event.")
    cap_start = forms.ChoiceField(
        label=label("cap_start"), choices=[("", "No such limit"), *StartEvent.choices], required=False
    )
    calendar = LineField(
        label=label("calendar"), required=False, max_length=40,
        help_text="A country (US), a part of one (DE-BY) or a market (ECB). Only for business days.",
    )  # fmt: skip
    closes = forms.TimeField(
        label=label("closes"), required=False, input_formats=["%H:%M"], widget=forms.TimeInput(format="%H:%M"),
        help_text="Hours and minutes, such as 17:00.",
        error_messages={"invalid": "This is no time of day. Write one like 17:00."},
    )  # fmt: skip
    zone = forms.ChoiceField(label=label("zone"), required=False)
    counting = _line("counting")
    may_move = _tick("may_move")
    status = forms.ChoiceField(label=label("status"), choices=ReportingRule.Status.choices)
    in_force_on = _day("in_force_on")
    sure_figures = forms.ChoiceField(label=label("sure_figures"), choices=ReportingRule.Sure.choices)
    sure_applies = forms.ChoiceField(label=label("sure_applies"), choices=ReportingRule.Sure.choices)
    switch = forms.ChoiceField(label=label("switch"), choices=ReportingRule.Switch.choices)
    countries = CountriesField(
        label=label("countries"), required=False, max_length=1_000,
        help_text="Two letters each, such as DE, US; EU and EEA stand for all their members. Empty: anywhere.",
    )  # fmt: skip
    sectors = _several("sectors", Sector.choices)
    roles = _several("roles", LegalRole.choices)
    needs_listed = _tick("needs_listed")
    needs_personal_data = _tick("needs_personal_data")
    needs_cards = _tick("needs_cards")
    notes = forms.CharField(
        label=label("notes"), required=False, max_length=LONGEST_NOTES, widget=forms.Textarea(attrs={"rows": 4})
    )
    checked_on = _day("checked_on")
    checked_by = _line("checked_by", "Whoever read the rule itself, such as your counsel.")

    def __init__(self, *args: Any, rule: ReportingRule, **kwargs: Any) -> None:
        first = {name: getattr(rule, name) for name in FIELDS}
        kwargs["initial"] = {**first, "seen": rule.stands_at}
        super().__init__(*args, **kwargs)
        self.fields["zone"].choices = [("", "The organisation’s own"), *zone_choices()]  # type: ignore[attr-defined]


class NewRuleForm(RuleForm):
    code = CodeField(
        label="Code", required=False, max_length=24, help_text="Letters, digits and hyphens, such as CONTRACT-ACME."
    )


class CheckForm(forms.Form):
    seen = forms.CharField(required=False, max_length=24, widget=forms.HiddenInput)
    checked_on = _day("checked_on")
    checked_by = _line("checked_by", "Whoever read the rule itself, such as your counsel.")


class ProfileForm(forms.Form):
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    countries = CountriesField(
        label="Countries in which you are active", required=False, max_length=1_000,
        help_text="Two letters each, such as DE, FR, US.",
    )  # fmt: skip
    sectors = forms.MultipleChoiceField(
        label="Sectors", choices=Sector.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    roles = forms.MultipleChoiceField(
        label="What you are in the eyes of the law", choices=LegalRole.choices, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    is_listed = forms.BooleanField(label="Our shares are listed on an exchange", required=False)
    has_personal_data = forms.BooleanField(label="We process personal data", required=False)
    takes_cards = forms.BooleanField(label="We take payment cards", required=False)

    def __init__(self, *args: Any, profile: Profile, **kwargs: Any) -> None:
        first = {name: getattr(profile, name) for name in PROFILE_FIELDS}
        kwargs["initial"] = {**first, "version": profile.version}
        super().__init__(*args, **kwargs)
