"""A redaction names what else inside goes along with it, and where such words stood still."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("incidents", "0026_plan_notes")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="redaction",
            name="also",
            field=models.JSONField(
                default=list, help_text="What else inside is searched for the same words: incident:7, group:2"
            ),
        ),
        migrations.AddField(
            model_name="redaction",
            name="left",
            field=models.JSONField(
                default=list, help_text="Where such words stood still when these were taken down"
            ),
        ),
    ]
