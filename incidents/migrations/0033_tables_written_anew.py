"""What of the tables is still to be written anew after words were taken down, and what of it is a person's to do."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("incidents", "0032_what_is_left_out")]

    operations: ClassVar = [
        migrations.AddField(
            "redaction",
            "old_files",
            models.JSONField(
                default=dict,
                help_text="PostgreSQL's files of the tables that held the words: what has another one is written anew",
            ),
        ),
        migrations.AddField(
            "redaction",
            "by_hand",
            models.JSONField(default=list, help_text="The tables that a person has to write anew"),
        ),
        migrations.AlterField(
            "redaction",
            "cleared_at",
            models.DateTimeField(blank=True, help_text="When copies, files and old rows were gone too", null=True),
        ),
    ]
