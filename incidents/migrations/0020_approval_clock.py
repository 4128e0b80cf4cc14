"""The approver"s clock: whom a policy asks and how soon, steps about a submission, and comments on what goes back."""

from datetime import timedelta
from typing import Any, ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F

import accounts.models.kept
from accounts import append_only

on, off = append_only.protect("incidents_returncomment")


def asked_before(apps: Any, _editor: Any) -> None:
    """What was asked before there was a policy was to be decided within the hour (R79). At set-up nobody was asked."""
    submissions = apps.get_model("incidents", "Submission").objects.exclude(masthead__kind="founding")
    submissions.update(due_at=F("asked_at") + timedelta(minutes=60))


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("accounts", "0005_log_keeps_rows"),
        ("incidents", "0019_redaction"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name='ApprovalPolicy',
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "scope",
                    models.CharField(
                        choices=[("public", "What the public reads")], default="public", max_length=12, unique=True
                    ),
                ),
                (
                    "target_minutes",
                    models.PositiveSmallIntegerField(default=60, verbose_name="minutes within which it is decided"),
                ),
                ("version", models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(
                condition=models.Q(("target_minutes__gte", 5), ("target_minutes__lte", 1440)),
                name="approval_target_is_minutes_of_a_day",
            ),
                ],
            },
        ),
        migrations.CreateModel(
            name='Duty',
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hours", models.CharField(choices=[("in", "In hours"), ("out", "Out of hours")], max_length=4)),
                ('policy', models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="duties", to="incidents.approvalpolicy"
            )),
                ('user', models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            )),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=("policy", "user", "hours"), name="duty_named_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name='ReturnComment',
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("salt", models.CharField(default=accounts.models.kept.new_salt, max_length=64)),
                (
                    "redacted",
                    models.JSONField(
                        help_text="Of what was taken down the digests; of the other texts the salts", null=True
                    ),
                ),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("headline", "Headline"),
                            ("body", "Message"),
                            ("affected", "Who is affected"),
                            ("what_to_do", "What to do now"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "paragraph",
                    models.PositiveSmallIntegerField(default=0, help_text="Which paragraph of the message, from 1"),
                ),
                ("text", models.TextField()),
                ('log_entry', models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.logentry"
            )),
                ('submission', models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="comments", to="incidents.submission"
            )),
            ],
            options={
                'ordering': ["pk"],
                'base_manager_name': "objects",
                'constraints': [
                    models.UniqueConstraint(
                fields=("submission", "part", "paragraph"), name="passage_commented_once"
            ),
                    models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="comment_says_something"
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    models.Q(("paragraph__gt", 0), ("part", "body")),
                    models.Q(models.Q(("part", "body"), _negated=True), ("paragraph", 0)),
                    _connector="OR",
                ),
                name="only_the_message_has_paragraphs",
            ),
                ],
            },
        ),
        migrations.RemoveConstraint(
            model_name="reminder",
            name="reminder_is_about_one_thing",
        ),
        migrations.AddField(
            model_name="reminder",
            name="submission",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reminders",
                to="incidents.submission",
            ),
        ),
        migrations.AddField(
            model_name="submission",
            name="due_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When a decision is wanted (R79). None where nobody was asked: at set-up",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="submission",
            name="let_stand",
            field=models.PositiveSmallIntegerField(
                blank=True, help_text="Findings let stand when it was asked", null=True
            ),
        ),
        migrations.AddField(
            model_name="submission",
            name="warned",
            field=models.PositiveSmallIntegerField(
                blank=True, help_text="Warnings there were when it was asked", null=True
            ),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="step",
            field=models.CharField(
                choices=[
                    ("created", "Created"),
                    ("week", "7 days before"),
                    ("two_days", "2 days before"),
                    ("morning", "Morning of the due day"),
                    ("due", "Due"),
                    ("day_after", "1 day after, with the team’s lead"),
                    ("three_days_after", "3 days after, with the executive"),
                    ("weekly", "Weekly until settled"),
                    ("half", "Half of the time is gone"),
                    ("due_deputy", "5 minutes over, to the deputy"),
                    ("due_commander", "10 minutes over, to the commander"),
                    ("review", "Time to review"),
                    ("target_deputy", "Not decided in time, to the deputy"),
                    ("target_commander", "Not decided 10 minutes later, to the commander"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("commitment__isnull", False),
                        ("containment", None),
                        ("promise", None),
                        ("review", None),
                        ("submission", None),
                    ),
                    models.Q(
                        ("commitment", None),
                        ("containment", None),
                        ("promise__isnull", False),
                        ("review", None),
                        ("submission", None),
                    ),
                    models.Q(
                        ("commitment", None),
                        ("containment__isnull", False),
                        ("promise", None),
                        ("review", None),
                        ("submission", None),
                    ),
                    models.Q(
                        ("commitment", None),
                        ("containment", None),
                        ("promise", None),
                        ("review__isnull", False),
                        ("submission", None),
                    ),
                    models.Q(
                        ("commitment", None),
                        ("containment", None),
                        ("promise", None),
                        ("review", None),
                        ("submission__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="reminder_is_about_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(fields=("submission", "step"), name="submission_step_once"),
        ),
        migrations.RunPython(on, off),
        migrations.RunPython(asked_before, migrations.RunPython.noop),
    ]
