"""The language in which the public is spoken to."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0005_log_keeps_rows")]

    operations: ClassVar = [
        migrations.AddField(
            "organisation",
            "public_language",
            models.CharField(
                default="en", help_text="In which the public is spoken to; the phrase rules know English", max_length=16
            ),
        ),
    ]
