"""What the reviewer of an emergency publication decided."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0029_redaction_elsewhere'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='emergencyreview',
            name='verdict',
            field=models.CharField(blank=True, choices=[('approves', 'Would have approved it'), ('objects', 'Objects')], max_length=8),
        ),
        migrations.AddConstraint(
            model_name='emergencyreview',
            constraint=models.CheckConstraint(condition=models.Q(('verdict', ''), models.Q(('reviewed_by__isnull', False), ('verdict', 'approves')), models.Q(('reviewed_by__isnull', False), ('verdict', 'objects'), models.Q(('finding', ''), _negated=True)), _connector='OR'), name='verdict_by_somebody_objection_with_a_reason'),
        ),
    ]
