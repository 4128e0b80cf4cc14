"""A direct message that corrects another names it."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [("incidents", "0020_approval_clock")]

    operations: ClassVar = [
        migrations.AddField(
            "statement",
            "corrects_message",
            models.ForeignKey(
                blank=True,
                null=True,
                help_text="The direct message whose words this one puts right, for the group that got it",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrections_written",
                to="incidents.approval",
            ),
        ),
        migrations.AddConstraint(
            "statement",
            models.CheckConstraint(
                condition=Q(kind="direct") | Q(corrects_message=None), name="only_a_direct_message_corrects_one"
            ),
        ),
    ]
