"""Hidden fields that bring back what a form showed when it was opened, so that a conflict can show both changes."""

import json
from datetime import datetime
from typing import Any

from django import forms


class SeenField(forms.CharField):
    """The words in which each field stood, by name. Cleans to a dict, empty when nothing usable came back.

    It decides nothing: whether somebody else was faster is asked of the version on the locked row.
    """

    def __init__(self) -> None:
        super().__init__(widget=forms.HiddenInput, required=False, strip=False)

    def prepare_value(self, value: Any) -> Any:
        return json.dumps(value) if isinstance(value, dict) else value

    def clean(self, value: Any) -> dict[str, str]:
        try:
            found = json.loads(value or "{}")
        except ValueError:
            return {}
        if not isinstance(found, dict):
            return {}
        return {name: said for name, said in found.items() if isinstance(said, str)}


class SeenInstantField(forms.CharField):
    """The instant that stood there, to the microsecond. Cleans to a datetime, or None when nothing usable came back."""

    def __init__(self) -> None:
        super().__init__(widget=forms.HiddenInput, required=False)

    def prepare_value(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, datetime) else value

    def clean(self, value: Any) -> datetime | None:
        try:
            found = datetime.fromisoformat(value or "")
        except ValueError:
            return None
        return found if found.tzinfo else None
