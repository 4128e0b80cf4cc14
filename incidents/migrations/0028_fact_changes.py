"""What a fact said before each of its changes is kept, and which version of it the author of words that cite it had in view."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.models.kept
from accounts import append_only

on, off = append_only.protect("incidents_factchange")


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_public_language'),
        ('incidents', '0027_lanes_of_statements'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='citation',
            name='version',
            field=models.PositiveIntegerField(help_text='Of the fact, as its author had it in view; none of what was cited before this was kept', null=True),
        ),
        migrations.AddField(
            model_name='fact',
            name='wrong_at',
            field=models.DateTimeField(blank=True, help_text='When a change last said that what was published of it until then was wrong', null=True),
        ),
        migrations.CreateModel(
            name='FactChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('salt', models.CharField(default=accounts.models.kept.new_salt, max_length=64)),
                ('redacted', models.JSONField(help_text='Of what was taken down the digests; of the other texts the salts', null=True)),
                ('version', models.PositiveIntegerField(help_text='Which the fact became')),
                ('at', models.DateTimeField()),
                ('said', models.TextField(help_text='What the fact said until then')),
                ('was', models.CharField(choices=[('confirmed', 'Confirmed'), ('reported', 'Reported'), ('not_known', 'Not known yet'), ('retracted', 'Retracted')], help_text='Its confidence until then', max_length=12)),
                ('held_at', models.DateTimeField(help_text='As of when it held until then')),
                ('published', models.CharField(blank=True, choices=[('true', 'What we published was true when we said it'), ('wrong', 'What we published was wrong')], help_text='Of what was published of it; empty where nothing was', max_length=8)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('fact', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='incidents.fact')),
                ('log_entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.logentry')),
            ],
            options={
                'ordering': ['version'],
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('fact', 'version'), name='fact_changed_once_to_a_version'), models.CheckConstraint(condition=models.Q(('version__gt', 1)), name='first_version_is_no_change')],
            },
        ),
        migrations.RunPython(on, off),
    ]
