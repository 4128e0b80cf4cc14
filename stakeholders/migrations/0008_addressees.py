"""To whom the report of a legal clock goes: to an authority, to the people affected, or to another party."""

import tomllib
from pathlib import Path

from django.db import migrations, models

SHIPPED = Path(__file__).parents[1] / "reporting_rules.toml"


def fill(apps, _editor):
    """As the shipped rules have it, in every version. A rule of the operator's own counts as one to an authority until it
    is revised: too strict rather than too lax."""
    Rule = apps.get_model("stakeholders", "ReportingRule")
    shipped = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))["rule"]
    Rule.objects.exclude(unit="nothing").update(addressees=["authority"])
    for row in shipped:
        Rule.objects.filter(code=row["code"]).update(addressees=row.get("addressees", []))


class Migration(migrations.Migration):

    dependencies = [
        ('stakeholders', '0007_reporting_rules'),
    ]

    operations = [
        migrations.AddField(
            model_name='reportingrule',
            name='addressees',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
