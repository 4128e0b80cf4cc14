"""Who is spoken to, as far as the draft check has to know it. Nothing of this is public."""

from django import forms

from accounts.forms import LineField
from accounts.operations.language import CHOICES
from incidents.operations.allow_list import LONGEST


class AudienceForm(forms.Form):
    technical = forms.BooleanField(
        label="Those who use it are technical people",
        help_text="The draft check then does not point at jargon in statements that are only about such components. "
        "Never shown in public.",
        required=False,
    )


class LanguageForm(forms.Form):
    language = forms.ChoiceField(
        label="Language of your public words",
        help_text="The phrase rules of the draft check know English only. In any other language fields and leaks are "
        "checked, and the pages say so.",
        choices=CHOICES,
        error_messages={
            "required": "Choose the language of your public words.",
            "invalid_choice": "Choose a language from the list.",
        },
    )


class ClearedForm(forms.Form):
    """Nothing is required here: the operation says all that is missing."""

    address = LineField(
        label="Address that is no leak",
        max_length=LONGEST,
        required=False,
        help_text="A host such as help.example.org, which stands with every page on it; an email address; or the whole "
        "address of one page.",
    )
    reason = LineField(
        label="Why the public is meant to have it",
        max_length=300,
        required=False,
        help_text="Everybody at the desk reads this beside your name. Never public.",
    )
