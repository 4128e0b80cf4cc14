"""The one row that says whether ringing for a sender is heard."""

from django.db import migrations, models


def first_row(apps, _editor):
    apps.get_model("stakeholders", "Doorbell").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("stakeholders", "0002_groups")]

    operations = [
        migrations.CreateModel(
            name="Doorbell",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("unheard_since", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="one_doorbell")],
            },
        ),
        migrations.RunPython(first_row, migrations.RunPython.noop),
    ]
