"""Warnings, corrections and direct messages are written beside what is told in its turn."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0026_plan_notes'),
        ('stakeholders', '0008_addressees'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='statement',
            name='one_statement_at_a_time_is_written',
        ),
        migrations.AddConstraint(
            model_name='statement',
            constraint=models.UniqueConstraint(condition=models.Q(('kind__in', ['holding', 'update', 'resolution', 'post_mortem']), ('state__in', ['draft', 'submitted'])), fields=('incident',), name='one_ordinary_statement_is_written'),
        ),
        migrations.AddConstraint(
            model_name='statement',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'warning'), ('state__in', ['draft', 'submitted'])), fields=('incident',), name='one_warning_is_written'),
        ),
        migrations.AddConstraint(
            model_name='statement',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'correction'), ('state__in', ['draft', 'submitted'])), fields=('corrects',), name='one_correction_of_an_entry_is_written'),
        ),
        migrations.AddConstraint(
            model_name='statement',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'direct'), ('state__in', ['draft', 'submitted'])), fields=('incident', 'group'), name='one_message_to_a_group_is_written'),
        ),
    ]
