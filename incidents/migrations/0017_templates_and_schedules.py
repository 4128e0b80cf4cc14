"""Templates of statements, with a set to begin with; and consent to publish at a time."""

from typing import Any, ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

KINDS: list[tuple[str, str]] = [
    ("holding", "Holding statement"),
    ("warning", "Safety warning"),
    ("update", "Update"),
    ("correction", "Correction"),
    ("resolution", "Resolution"),
    ("post_mortem", "Post-mortem"),
    ("direct", "Direct message"),
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

BASES: list[tuple[str, str]] = [
    ("second_person", "Approved by a second person"),
    ("solo", "Approved by one person, who works alone"),
]
STATES: list[tuple[str, str]] = [
    ("waiting", "Waits for its time"),
    ("published", "Published"),
    ("returned", "Came back to the queue"),
    ("cancelled", "Cancelled"),
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
        "body": "It is over since {over_since}.",
        "what_happened": "{happened}.",
        "why_it_happened": "{cause}.",
        "what_changes": "{changes}.",
        "what_to_do": WRITE_TO_US,
    },
    {
        "name": "Post-mortem",
        "kind": "post_mortem",
        "body": "Since {since} {agent} has {saw}. It is over since {over_since}.",
        "what_happened": "{happened}.",
        "why_it_happened": "{cause}.",
        "what_changes": "{changes}.",
        "what_to_do": WRITE_TO_US,
    },
    {
        "name": "Message to those who were affected",
        "kind": "direct",
        "headline": "What {agent} did, and what you can do",
        "body": "Since {since} {agent} has {saw}. We have {contained}.\n\nWe do not yet know {open_point}.",
        "what_to_do": "If you {situation}, please {action}.",
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
    dependencies: ClassVar = [
        ("incidents", "0016_direct"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

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
                ("what_happened", models.TextField(blank=True)),
                ("why_it_happened", models.TextField(blank=True)),
                ("what_changes", models.TextField(blank=True)),
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
        migrations.CreateModel(
            "ScheduledPublication",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("basis", models.CharField(choices=BASES, max_length=16)),
                ("seen_digest", models.CharField(max_length=64)),
                ("consented_at", models.DateTimeField()),
                ("publish_at", models.DateTimeField()),
                ("state", models.CharField(choices=STATES, default="waiting", max_length=12)),
                ("reason", models.TextField(blank=True, help_text="Why it came back or was cancelled; internal")),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "approver",
                    models.ForeignKey(
                        settings.AUTH_USER_MODEL, on_delete=django.db.models.deletion.PROTECT, related_name="+"
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        settings.AUTH_USER_MODEL, blank=True, null=True, on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        "incidents.submission", on_delete=django.db.models.deletion.PROTECT, related_name="schedules"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(condition=Q(state="waiting"), fields=["publish_at"], name="schedule_due")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(state="waiting"), fields=("submission",), name="one_schedule_of_a_submission_waits"
                    ),
                    models.CheckConstraint(
                        condition=Q(state="waiting", settled_by=None, settled_at=None)
                        | Q(~Q(state="waiting"), settled_by__isnull=False, settled_at__isnull=False),
                        name="schedule_settled_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=~Q(state="returned") | ~Q(reason=""), name="schedule_returned_with_a_reason"
                    ),
                    models.CheckConstraint(condition=Q(publish_at__gt=F("consented_at")), name="schedule_lies_ahead"),
                    models.CheckConstraint(
                        condition=Q(basis__in=["second_person", "solo"]), name="schedule_is_consent_of_two_or_solo"
                    ),
                ],
            },
        ),
    ]
