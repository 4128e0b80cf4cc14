"""Each declaration that one person works alone, with why nobody else can approve."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.models.kept
from accounts import append_only

on, off = append_only.protect("accounts_solodeclaration")


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_cleared_addresses'),
    ]

    operations = [
        migrations.CreateModel(
            name='SoloDeclaration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('salt', models.CharField(default=accounts.models.kept.new_salt, max_length=64)),
                ('redacted', models.JSONField(help_text='Of what was taken down the digests; of the other texts the salts', null=True)),
                ('declared_at', models.DateTimeField()),
                ('effective_at', models.DateTimeField()),
                ('reason', models.TextField()),
                ('declared_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('log_entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.logentry')),
            ],
            options={
                'ordering': ['-declared_at', '-pk'],
                'base_manager_name': 'objects',
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='solo_declaration_says_why')],
            },
        ),
        migrations.RunPython(on, off),
    ]
