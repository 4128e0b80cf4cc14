"""Words of a direct message can be taken down: it has no entry of the record, so its redaction has none either."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("incidents", "0021_direct_correction"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.RemoveConstraint(
            model_name="redaction",
            name="redaction_has_a_notice",
        ),
        migrations.AddField(
            model_name="redaction",
            name="message",
            field=models.ForeignKey(
                blank=True,
                help_text="The approved direct message; none where they are words of entries",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="redactions",
                to="incidents.approval",
            ),
        ),
        migrations.AlterField(
            model_name="redaction",
            name="chosen",
            field=models.JSONField(
                help_text="Entries and the fields of each, in the order of the record; or fields alone"
            ),
        ),
        migrations.AddConstraint(
            model_name="redaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("entry__isnull", False),
                        ("message", None),
                        ("state", "confirmed"),
                        models.Q(("basis", ""), _negated=True),
                    ),
                    models.Q(
                        ("entry", None),
                        ("message__isnull", False),
                        ("state", "confirmed"),
                        models.Q(("basis", ""), _negated=True),
                    ),
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
        ),
        migrations.AddConstraint(
            model_name="redaction",
            constraint=models.CheckConstraint(
                condition=models.Q(("message", None), ("incident__isnull", False), _connector="OR"),
                name="redaction_of_a_message_has_an_incident",
            ),
        ),
    ]
