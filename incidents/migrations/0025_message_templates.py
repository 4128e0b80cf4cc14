"""Templates of direct messages for each kind of group, in the tone that is used with it."""

from typing import Any, ClassVar

from django.db import migrations, models

GROUPS: list[tuple[str, str]] = [
    ("affected", "Directly affected people"),
    ("onlookers", "Onlookers"),
    ("platform", "A platform that may suspend the agent"),
    ("press", "Press"),
    ("regulator", "Regulators and authorities"),
    ("executives", "Executives"),
    ("partners", "Partners and enterprise customers"),
    ("employees", "Employees"),
    ("other", "Others"),
]
WHAT = "Since {since} {agent} has {saw}."
DONE = "We have {contained}."
OPEN = "We do not yet know {open_point}."
SHIPPED: list[dict[str, str]] = [
    {
        "name": "Message to a group",
        "headline": "What {agent} did, and what we do about it",
        "body": f"{WHAT} {{affected}}. {DONE}\n\n{OPEN}",
        "what_to_do": "If you {situation}, please {action}.",
    },
    {
        "name": "Message to the trust team of a platform",
        "group_kind": "platform",
        "headline": "What {agent} did on your platform, and what is switched off",
        "body": f"{WHAT} {{affected}}. {DONE}\n\nWe are investigating {{investigating}}. {OPEN}",
        "what_to_do": "Nothing is needed from you now. If you want to see evidence, please write to {contact}.",
    },
    {
        "name": "Message to the press",
        "group_kind": "press",
        "headline": "{agent}: what is confirmed, and what is not known yet",
        "body": f"What is confirmed: {WHAT[0].lower()}{WHAT[1:]} {{affected}}. {DONE}\n\nWhat is not known yet: {{open_point}}. "
        "We are investigating {investigating}.",
        "what_to_do": "If you have a question, please write to {contact}. A person reads it.",
    },
    {
        "name": "Message to an authority",
        "group_kind": "regulator",
        "headline": "Notice about {agent}",
        "body": f"What happened: {WHAT[0].lower()}{WHAT[1:]} {{affected}}.\n\nMeasures taken: {DONE[0].lower()}{DONE[1:]}\n\n"
        f"We are investigating {{investigating}}. {OPEN}",
        "what_to_do": "If you have a question, please write to {contact}. A person reads it.",
    },
    {
        "name": "Message to executives",
        "group_kind": "executives",
        "headline": "{agent} has {saw}: where it stands",
        "body": f"{WHAT} {{affected}}. {DONE}\n\n{OPEN}",
        "what_to_do": "Please {action}. If somebody outside asks you, please send them to {contact}.",
    },
    {
        "name": "Message to partners",
        "group_kind": "partners",
        "headline": "What {agent} did, and what it means for you",
        "body": f"{WHAT} {{affected}}. {DONE}\n\n{OPEN}",
        "what_to_do": "If your own users ask, please tell them what stands here. If you need evidence, please write to {contact}.",
    },
    {
        "name": "Message to employees",
        "group_kind": "employees",
        "headline": "What {agent} did, and what to say when you are asked",
        "body": f"{WHAT} {DONE}\n\n{OPEN} We are looking for the gap in our process, and for nobody to blame.",
        "what_to_do": "If somebody outside asks you, please send them to {contact}.",
    },
]
KNOWN = "Message to those who were affected"


def ship(apps: Any, _schema_editor: Any) -> None:
    """Beside what the operator keeps: a name that is taken stays theirs."""
    template = apps.get_model("incidents", "StatementTemplate")
    template.objects.filter(name=KNOWN, kind="direct").update(group_kind="affected")
    taken = set(template.objects.values_list("name", flat=True))
    new = [one for one in SHIPPED if one["name"] not in taken]
    template.objects.bulk_create(template(kind="direct", position=place, **one) for place, one in enumerate(new, 20))


class Migration(migrations.Migration):
    dependencies: ClassVar = [("incidents", "0024_reporting_clocks")]

    operations: ClassVar = [
        migrations.AddField(
            "statementtemplate",
            "group_kind",
            models.CharField(
                blank=True,
                choices=GROUPS,
                default="",
                help_text="Of a direct message: made for such a group",
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            "statementtemplate",
            models.CheckConstraint(
                condition=models.Q(kind="direct") | models.Q(group_kind=""), name="only_a_direct_message_has_a_group"
            ),
        ),
        migrations.RunPython(ship, migrations.RunPython.noop),
    ]
