"""The kinds of reason for leaving something out, and first messages for the two failures that people rehearse without one."""

from typing import Any, ClassVar

from django.db import migrations, models

FIRST = {
    "kind": "holding",
    "headline": "{agent} has {saw}",
    "body": "We have {contained}.",
    "affected": "{affected}.",
    "what_to_do": "If you {situation}, please {action}.",
}
SHIPPED: list[dict[str, str]] = [
    FIRST
    | {
        "name": "First message: work stood still and nobody noticed",
        "category": "auth_cascade",
        "acknowledgement": "Since {since} {agent} has {saw}. You may have noticed only now.",
        "investigating": "We are investigating {investigating}, and what was decided on old data meanwhile. "
        "We do not yet know {open_point}.",
        "what_to_do": "If you {situation}, please write to {contact}. A person reads it.",
    },
    FIRST
    | {
        "name": "First message: said or did what it never should",
        "category": "prompt_injection",
        "acknowledgement": "Since {since} {agent} has {saw}. It should never have done so.",
        "investigating": "We are investigating {investigating}, and in which other conversations it did the same. "
        "We do not yet know {open_point}.",
    },
]


def ship(apps: Any, _schema_editor: Any) -> None:
    """Beside what the operator keeps: a name that is taken stays theirs."""
    template = apps.get_model("incidents", "StatementTemplate")
    taken = set(template.objects.values_list("name", flat=True))
    new = [one for one in SHIPPED if one["name"] not in taken]
    template.objects.bulk_create(template(position=place, **one) for place, one in enumerate(new, 30))


class Migration(migrations.Migration):
    dependencies: ClassVar = [("incidents", "0031_decide_by")]

    operations: ClassVar = [
        migrations.AddField(
            "statement",
            "withheld",
            models.JSONField(
                blank=True, default=list, help_text="The kinds of reason for leaving it out: Withheld"
            ),
        ),
        migrations.RunPython(ship, migrations.RunPython.noop),
    ]
