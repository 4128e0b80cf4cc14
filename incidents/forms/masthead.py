"""The names that the public reads."""

from django import forms

from accounts.forms import LineField
from incidents.forms.setup import ContactForm, OrganisationForm


class NamesForm(OrganisationForm, ContactForm):
    """Name, place, zone and contact of the organisation."""


class ComponentNamesForm(forms.Form):
    name = LineField(
        max_length=80,
        label="What people use",
        help_text="In the words of those who use it. For example, Support replies.",
        error_messages={"required": "Enter what people use."},
    )
    description = LineField(
        max_length=200, required=False, label="In one line", help_text="For example, Answers to questions by email."
    )
