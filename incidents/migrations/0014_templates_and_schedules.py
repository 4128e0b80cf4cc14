"""Templates of statements, and a set of them to begin with."""

from typing import Any, ClassVar

from django.db import migrations, models
from django.db.models import Q

KINDS: list[tuple[str, str]] = [
    ("holding", "Holding statement"),
    ("warning", "Safety warning"),
    ("update", "Update"),
    ("correction", "Correction"),
    ("resolution", "Resolution"),
]
CATEGORIES: list[tuple[str, str]] = [
    ("bulk_send", "Bulk send"),
    ("auth_cascade", "Auth cascade"),
    ("memory_loop", "Memory loop"),
    ("cost_explosion", "Cost explosion"),
    ("mcp_poisoning", "MCP poisoning"),
    ("prompt_injection", "Prompt injection via retrieval"),
    ("orchestration_deadlock", "Orchestration deadlock"),
    ("rollback_failure", "Rollback failure"),
    ("other", "Other"),
]
SCENARIOS: list[tuple[str, str]] = [
    ("shared_reply", "A harmful or embarrassing reply is being shared"),
    ("dispute", "A dispute has outgrown its own process"),
    ("policy_breach", "A policy breach that draws a platform or a regulator"),
    ("mass_failure", "An operational failure that hits many people at once"),
]

FIRST = {
    "kind": "holding",
    "headline": "{agent} has {saw}",
    "body": "We have {contained}.",
    "affected": "{affected}.",
    "what_to_do": "If you {situation}, please {action}.",
}
WRITE_TO_US = "If you {situation}, please write to {contact}. A person reads it."
SHIPPED: list[dict[str, str]] = [
    FIRST
    | {
        "name": "First message: a reply is being shared",
        "scenario": "shared_reply",
        "acknowledgement": "Since {since} a reply in which {agent} has {saw} is being shared. It should never have been given.",
        "investigating": "We are investigating {investigating}, and who else was answered like that. "
        "We do not yet know {open_point}.",
    },
    FIRST
    | {
        "name": "First message: a dispute has grown",
        "scenario": "dispute",
        "acknowledgement": "Since {since} {agent} has {saw}. Some of you have told us so, and had no answer that settled it.",
        "investigating": "We are investigating {investigating}, each case by itself. We do not yet know {open_point}.",
        "what_to_do": WRITE_TO_US,
    },
    FIRST
    | {
        "name": "First message: a rule was broken",
        "scenario": "policy_breach",
        "acknowledgement": "Since {since} {agent} has {saw}. That is against our own rules for it.",
        "investigating": "We are investigating {investigating}, and how long this went on. We do not yet know {open_point}.",
    },
    FIRST
    | {
        "name": "First message: many people at once",
        "scenario": "mass_failure",
        "acknowledgement": "Since {since} {agent} has {saw}.",
        "investigating": "We are investigating {investigating}, and how many people it reached. "
        "We do not yet know {open_point}.",
    },
    FIRST
    | {
        "name": "First message: messages that should not have been sent",
        "category": "bulk_send",
        "acknowledgement": "Since {since} {agent} has {saw}.",
        "investigating": "We are investigating {investigating}, who received something and how often. "
        "We do not yet know {open_point}.",
        "what_to_do": "If you received a message that you did not expect, please {action}.",
    },
    {
        "name": "Safety warning",
        "kind": "warning",
        "headline": "Please do not {danger}",
        "acknowledgement": "We are aware that {agent} has {saw}.",
        "body": "We have {contained}.",
        "investigating": "We are investigating {investigating}. We do not yet know {open_point}.",
        "affected": "{affected}.",
        "what_to_do": "Please do not {danger}. If you {situation}, please {action}.",
    },
    {
        "name": "Update",
        "kind": "update",
        "body": "**What is new.** {news}.\n\n**What we have done.** We have {contained}.\n\n"
        "**What we do not know yet.** {open_point}.",
    },
    {
        "name": "Update without news",
        "kind": "update",
        "body": "We have nothing new to tell you. We are still investigating {investigating}. "
        "What we wrote here last is still what we know.",
    },
    {
        "name": "It is over, with the three answers",
        "kind": "resolution",
        "body": "**What happened.** {happened}.\n\n**Why it happened.** {cause}.\n\n**What changes.** {changes}.",
        "what_to_do": WRITE_TO_US,
    },
    {
        "name": "Correction",
        "kind": "correction",
        "acknowledgement": "We wrote that {wrong}. That was not so. {reason}.",
        "body": "{right}.\n\nWe do not yet know {open_point}.",
    },
]


def ship(apps: Any, _schema_editor: Any) -> None:
    template = apps.get_model("incidents", "StatementTemplate")
    template.objects.bulk_create(template(position=place, **one) for place, one in enumerate(SHIPPED, 1))


class Migration(migrations.Migration):
    dependencies: ClassVar = [("incidents", "0010_warning")]

    operations: ClassVar = [
        migrations.CreateModel(
            "StatementTemplate",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("kind", models.CharField(choices=KINDS, max_length=12)),
                ("category", models.CharField(blank=True, choices=CATEGORIES, max_length=24)),
                ("scenario", models.CharField(blank=True, choices=SCENARIOS, max_length=16)),
                ("headline", models.CharField(blank=True, max_length=200)),
                ("acknowledgement", models.TextField(blank=True, verbose_name="what went wrong")),
                ("body", models.TextField(blank=True, verbose_name="message")),
                ("investigating", models.TextField(blank=True, verbose_name="what we are investigating")),
                ("affected", models.TextField(blank=True, verbose_name="who is affected")),
                ("what_to_do", models.TextField(blank=True, verbose_name="what to do now")),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("is_active", models.BooleanField(default=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "ordering": ["kind", "position", "pk"],
                "constraints": [
                    models.CheckConstraint(condition=~Q(name=""), name="template_has_a_name"),
                    models.UniqueConstraint(
                        fields=["name"], condition=Q(is_active=True), name="one_template_of_a_name"
                    ),
                ],
            },
        ),
        migrations.RunPython(ship, migrations.RunPython.noop),
    ]
