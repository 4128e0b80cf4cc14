"""Words are taken down by two people: what they propose, the rows that it names, and the one update that triggers let through."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from accounts import append_only

# SQLite makes a table anew for a new constraint, and loses the triggers with the old one. The new ones let a redaction
# through, as soon as there is the table that names its rows.
ERASABLE = ("incidents_approval", "incidents_override", "incidents_statementversion", "incidents_timelineentry")
on, off = append_only.protect("incidents_recordentry", *ERASABLE)
name_rows, forget = append_only.protect("incidents_erasure")


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("incidents", "0018_dismissed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name='Redaction',
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("chosen", models.JSONField(help_text="Entries and the fields of each, in the order of the record")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("personal_data", "Personal data"),
                            ("secret", "A secret"),
                            ("legal_order", "A legal order"),
                        ],
                        max_length=16,
                        verbose_name="why, as the public reads it",
                    ),
                ),
                ("note", models.TextField(verbose_name="why, for the people here")),
                ("proposed_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("confirmed", "Taken down"), ("withdrawn", "Withdrawn")],
                        default="waiting",
                        max_length=12,
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("second_person", "Taken down by two people"),
                            ("solo", "Taken down by one person, who works alone"),
                        ],
                        max_length=16,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "cleared_at",
                    models.DateTimeField(blank=True, help_text="When the copies in files were gone", null=True),
                ),
                ('decided_by', models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            )),
                ('entry', models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="redaction",
                to="incidents.recordentry",
            )),
                ('incident', models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="redactions",
                to="incidents.incident",
            )),
                ('proposed_by', models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            )),
            ],
            options={
                'ordering': ["-proposed_at", "-pk"],
                'indexes': [
                    models.Index(
                condition=models.Q(("state", "waiting")), fields=["proposed_at", "id"], name="redaction_waiting"
            ),
                    models.Index(
                condition=models.Q(("cleared_at", None), ("state", "confirmed")),
                fields=["id"],
                name="redaction_uncleared",
            ),
                ],
                'constraints': [
                    models.CheckConstraint(
                condition=models.Q(
                    models.Q(("basis", "second_person"), _negated=True),
                    models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="redaction_takes_two",
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    models.Q(("entry__isnull", False), ("state", "confirmed"), models.Q(("basis", ""), _negated=True)),
                    models.Q(
                        models.Q(("state", "confirmed"), _negated=True),
                        ("basis", ""),
                        ("cleared_at", None),
                        ("entry", None),
                    ),
                    _connector="OR",
                ),
                name="redaction_has_a_notice",
            ),
                    models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("decided_by", None), ("state", "waiting")),
                    models.Q(
                        models.Q(("state", "waiting"), _negated=True),
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="redaction_decided_by_somebody",
            ),
                    models.CheckConstraint(
                condition=models.Q(models.Q(("note", ""), _negated=True), models.Q(("chosen", []), _negated=True)),
                name="redaction_says_what_and_why",
            ),
                ],
            },
        ),
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table_name", models.CharField(max_length=64)),
                ("row_id", models.BigIntegerField()),
                ('redaction', models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="erasures", to="incidents.redaction"
            )),
            ],
            options={
                'ordering': ["pk"],
                'base_manager_name': "objects",
                'constraints': [
                    models.UniqueConstraint(fields=("table_name", "row_id", "redaction"), name="row_named_once"),
                ],
            },
        ),
        migrations.RunPython(off, on),
        migrations.RemoveConstraint(
            model_name="recordentry",
            name="entry_belongs_to_an_incident",
        ),
        migrations.AddField(
            model_name="approval",
            name="redacted",
            field=models.JSONField(
                help_text="Of what was taken down the digests; of the other texts the salts", null=True
            ),
        ),
        migrations.AddField(
            model_name="statementversion",
            name="redacted",
            field=models.JSONField(
                help_text="Of what was taken down the digests; of the other texts the salts", null=True
            ),
        ),
        migrations.AddField(
            model_name="timelineentry",
            name="redacted",
            field=models.JSONField(
                help_text="Of what was taken down the digests; of the other texts the salts", null=True
            ),
        ),
        migrations.AlterField(
            model_name="recordentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("masthead", "Names"),
                    ("publication", "Publication"),
                    ("reviewed", "Reviewed by a second person"),
                    ("promise_missed", "Promised update missed"),
                    ("reported_done", "Commitment reported done"),
                    ("report_refused", "Report of completion not accepted"),
                    ("kept", "Commitment kept"),
                    ("kept_late", "Commitment kept late"),
                    ("missed", "Commitment missed"),
                    ("amendment", "Commitment amended"),
                    ("withdrawal", "Commitment withdrawn"),
                    ("explanation", "Missed commitment explained"),
                    ("redaction", "Words taken down"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="recordentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("incident", None), ("kind", "masthead")),
                    models.Q(models.Q(("kind", "masthead"), _negated=True), ("incident__isnull", False)),
                    ("kind", "redaction"),
                    _connector="OR",
                ),
                name="entry_belongs_to_an_incident",
            ),
        ),
        migrations.RunPython(name_rows, forget),
        migrations.RunPython(on, off),
    ]
