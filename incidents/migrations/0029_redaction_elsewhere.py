"""A redaction names what else inside goes along with it, and where such words stood still.

What was said to be cleared before is cleared once more: copies from before migrations and old rows were left by then.
"""

from typing import ClassVar

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def clear_again(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("incidents", "Redaction").objects.filter(state="confirmed").update(cleared_at=None)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("incidents", "0028_fact_changes")]

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
        migrations.RunPython(clear_again, migrations.RunPython.noop),
    ]
