"""The rules of legal clocks in versions, with those that ship, and the operator's profile."""

import tomllib
from pathlib import Path

import clock
import datetime
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


SHIPPED = Path(__file__).parents[1] / "reporting_rules.toml"


def seed(apps, _editor):
    """Each rule of the file once, as version 1. What the operator has made of it meanwhile stays."""
    Rule = apps.get_model("stakeholders", "ReportingRule")
    shipped = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    columns = {field.name for field in Rule._meta.fields}  # the file says more than this version of the table can hold
    for row in shipped["rule"]:
        fields = {"checked_on": shipped["checked_on"], "checked_by": shipped["checked_by"], **row}
        known = {name: value for name, value in fields.items() if name in columns}
        Rule.objects.get_or_create(code=known.pop("code"), version=1, defaults=known)


class Migration(migrations.Migration):

    dependencies = [
        ('stakeholders', '0006_group_templates'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Profile',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('countries', models.JSONField(blank=True, default=list)),
                ('sectors', models.JSONField(blank=True, default=list)),
                ('roles', models.JSONField(blank=True, default=list)),
                ('is_listed', models.BooleanField(default=False)),
                ('has_personal_data', models.BooleanField(default=False)),
                ('takes_cards', models.BooleanField(default=False)),
                ('version', models.PositiveIntegerField(default=0)),
                ('set_at', models.DateTimeField(blank=True, null=True)),
                ('set_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_profile'), models.CheckConstraint(condition=models.Q(models.Q(('set_at', None), ('set_by', None), ('version', 0)), models.Q(('set_at__isnull', False), ('set_by__isnull', False), ('version__gte', 1)), _connector='OR'), name='profile_is_set_by_somebody')],
            },
        ),
        migrations.CreateModel(
            name='ReportingRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=24)),
                ('version', models.PositiveIntegerField(default=1)),
                ('regime', models.CharField(max_length=80)),
                ('reference', models.CharField(max_length=200)),
                ('who', models.CharField(max_length=300)),
                ('recipient', models.CharField(max_length=200)),
                ('starts', models.JSONField(blank=True, default=list)),
                ('starts_words', models.CharField(blank=True, max_length=300)),
                ('length', models.PositiveIntegerField(blank=True, null=True)),
                ('unit', models.CharField(choices=[('hours', 'Hours'), ('days', 'Calendar days, each of 24 hours'), ('business_days', 'Business days'), ('months', 'Months'), ('prompt', 'Without undue delay, no number'), ('nothing', 'No clock')], max_length=16)),
                ('also_prompt', models.BooleanField(default=False)),
                ('after_year_end', models.BooleanField(default=False)),
                ('cap_hours', models.PositiveIntegerField(blank=True, null=True)),
                ('cap_start', models.CharField(blank=True, choices=[('aware', 'Becoming aware'), ('discovered', 'Discovery'), ('classified', 'Classification'), ('determined', 'Determination'), ('belief', 'Reasonable belief'), ('submitted', 'Submission of the earlier report'), ('own', 'An event that this rule alone waits for')], max_length=12)),
                ('counting', models.CharField(blank=True, max_length=300)),
                ('calendar', models.CharField(blank=True, max_length=40)),
                ('closes', models.TimeField(default=datetime.time(17, 0))),
                ('zone', models.CharField(blank=True, max_length=64)),
                ('may_move', models.BooleanField(default=False)),
                ('after_code', models.CharField(blank=True, max_length=24)),
                ('status', models.CharField(choices=[('in_force', 'In force'), ('not_yet', 'Not in force yet'), ('bill', 'A bill'), ('retired', 'Retired, do not use')], default='in_force', max_length=12)),
                ('in_force_on', models.DateField(blank=True, null=True)),
                ('sure_figures', models.CharField(choices=[('high', 'High'), ('medium', 'Medium'), ('low', 'Low'), ('no', 'Does not apply now')], max_length=8)),
                ('sure_applies', models.CharField(choices=[('high', 'High'), ('medium', 'Medium'), ('low', 'Low'), ('no', 'Does not apply now')], max_length=8)),
                ('source', models.CharField(choices=[('law', 'The text of the rule or a full copy'), ('quoted', 'Quotations from the official text'), ('notice', 'An official notice'), ('secondary', 'Law firms or vendors that agree with each other'), ('rendering', 'One private rendering'), ('unverified', 'Not verified'), ('operator', 'Entered or confirmed here')], default='operator', max_length=12)),
                ('checked_on', models.DateField()),
                ('checked_by', models.CharField(max_length=120)),
                ('switch', models.CharField(choices=[('profile', 'By the profile'), ('always', 'Always'), ('never', 'Never')], default='profile', max_length=8)),
                ('countries', models.JSONField(blank=True, default=list)),
                ('sectors', models.JSONField(blank=True, default=list)),
                ('roles', models.JSONField(blank=True, default=list)),
                ('needs_listed', models.BooleanField(default=False)),
                ('needs_personal_data', models.BooleanField(default=False)),
                ('needs_cards', models.BooleanField(default=False)),
                ('notes', models.TextField(blank=True)),
                ('made_at', models.DateTimeField(default=clock.now)),
                ('superseded_at', models.DateTimeField(blank=True, null=True)),
                ('checks', models.PositiveIntegerField(default=0, help_text='How often this version was confirmed as checked')),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['regime', 'code', '-version'],
                'constraints': [models.UniqueConstraint(fields=('code', 'version'), name='rule_version_once'), models.UniqueConstraint(condition=models.Q(('superseded_at', None)), fields=('code',), name='one_current_version_of_a_rule'), models.CheckConstraint(condition=models.Q(models.Q(('code', ''), _negated=True), models.Q(('checked_by', ''), _negated=True)), name='rule_has_code_and_checker'), models.CheckConstraint(condition=models.Q(models.Q(('length', None), ('unit__in', ('prompt', 'nothing'))), models.Q(('length__gte', 1), ('length__isnull', False), ('length__lte', 3660), ('unit__in', ('hours', 'days', 'months', 'business_days'))), _connector='OR'), name='rule_number_fits_its_unit'), models.CheckConstraint(condition=models.Q(models.Q(('unit', 'business_days'), _negated=True), models.Q(('calendar', ''), _negated=True), _connector='OR'), name='rule_business_days_have_a_calendar'), models.CheckConstraint(condition=models.Q(models.Q(('cap_hours', None), ('cap_start', '')), models.Q(('cap_hours__gte', 1), ('cap_hours__isnull', False), models.Q(('cap_start', ''), _negated=True)), _connector='OR'), name='rule_limit_is_whole')],
            },
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
