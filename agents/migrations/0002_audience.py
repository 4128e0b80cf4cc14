"""Whether those who use a component are technical people."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("agents", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField(
            "component",
            "audience_technical",
            models.BooleanField(default=False, help_text="Those who use it know its jargon. Never public"),
        ),
    ]
