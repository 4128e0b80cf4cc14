"""Legal clocks in an incident: the rules that are to be assessed, what starts them, and a reminder that is about one."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.models.kept
from accounts import append_only

on, off = append_only.protect("incidents_clockstart", "incidents_clocknote")


class Migration(migrations.Migration):

    dependencies: ClassVar = [
        ('accounts', '0006_public_language'),
        ('incidents', '0023_stakeholder_map'),
        ('stakeholders', '0007_reporting_rules'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name='ReportingClock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=24)),
                ('state', models.CharField(choices=[('to_assess', 'To assess'), ('applies', 'Applies'), ('not_applicable', 'Does not apply'), ('submitted', 'Submitted')], default='to_assess', max_length=16)),
                ('assessed_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.TextField(blank=True)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('is_immediate', models.BooleanField(default=False, help_text='Due at once, without a number')),
                ('held_from', models.DateTimeField(blank=True, help_text='From when an authority asked to wait', null=True)),
                ('held_until', models.DateTimeField(blank=True, null=True)),
                ('held_ground', models.CharField(blank=True, help_text='The document that says so', max_length=300)),
                ('submitted_at', models.DateTimeField(blank=True, null=True)),
                ('reference', models.CharField(blank=True, max_length=300)),
                ('noted_at', models.DateTimeField(blank=True, help_text='When the submission was entered here', null=True)),
                ('created_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1)),
                ('assessor', models.ForeignKey(blank=True, help_text='Who is to say if it applies', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('named_at', models.DateTimeField(blank=True, null=True)),
                ('named_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('assessed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='clocks', to='incidents.incident')),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stakeholders.reportingrule')),
                ('submitted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['code', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('incident', 'code'), name='one_clock_of_a_rule'), models.CheckConstraint(condition=models.Q(models.Q(('assessor', None), ('named_at', None), ('named_by', None)), models.Q(('assessor__isnull', False), ('named_at__isnull', False), ('named_by__isnull', False)), _connector='OR'), name='clock_assessor_named_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('assessed_at', None), ('assessed_by', None), ('state', 'to_assess')), models.Q(models.Q(('state', 'to_assess'), _negated=True), ('assessed_at__isnull', False), ('assessed_by__isnull', False)), _connector='OR'), name='clock_assessed_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'not_applicable'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='clock_that_does_not_apply_has_a_reason'), models.CheckConstraint(condition=models.Q(models.Q(('due_at', None), ('is_immediate', False)), models.Q(('due_at__isnull', False), ('is_immediate', False), ('started_at__isnull', False)), models.Q(('due_at', None), ('is_immediate', True), ('started_at__isnull', False)), _connector='OR'), name='clock_that_is_due_has_started'), models.CheckConstraint(condition=models.Q(models.Q(('held_from', None), ('held_ground', ''), ('held_until', None)), models.Q(models.Q(('held_ground', ''), _negated=True), ('held_from__isnull', False), ('held_until__gt', models.F('held_from')), ('held_until__isnull', False)), _connector='OR'), name='clock_is_held_on_a_ground'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state', 'submitted'), _negated=True), ('noted_at', None), ('reference', ''), ('submitted_at', None), ('submitted_by', None)), models.Q(models.Q(('reference', ''), _negated=True), ('noted_at__gte', models.F('submitted_at')), ('noted_at__isnull', False), ('state', 'submitted'), ('submitted_at__isnull', False), ('submitted_by__isnull', False)), _connector='OR'), name='clock_submitted_by_somebody')],
                'indexes': [models.Index(condition=models.Q(('state__in', ['to_assess', 'applies'])), fields=['due_at'], name='reporting_clock_open')],
            },
        ),
        migrations.CreateModel(
            name='ClockStart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('salt', models.CharField(default=accounts.models.kept.new_salt, max_length=64)),
                ('redacted', models.JSONField(help_text='Of what was taken down the digests; of the other texts the salts', null=True)),
                ('event', models.CharField(choices=[('aware', 'Becoming aware'), ('discovered', 'Discovery'), ('classified', 'Classification'), ('determined', 'Determination'), ('belief', 'Reasonable belief'), ('submitted', 'Submission of the earlier report'), ('own', 'An event that this rule alone waits for')], max_length=12)),
                ('at', models.DateTimeField()),
                ('evidence', models.CharField(max_length=300, verbose_name='where that can be checked')),
                ('reason', models.TextField(blank=True, verbose_name='why it is moved')),
                ('was_at', models.DateTimeField(blank=True, help_text='The time that counted before', null=True)),
                ('recorded_at', models.DateTimeField()),
                ('agreed_alone', models.BooleanField(default=False)),
                ('agreed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='clock_starts', to='incidents.incident')),
                ('log_entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.logentry')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='incidents.clockstart')),
                ('clock', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='starts', to='incidents.reportingclock')),
            ],
            options={
                'ordering': ['pk'],
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(condition=models.Q(('clock', None), ('replaces', None)), fields=('incident', 'event'), name='one_first_time_of_an_event'), models.UniqueConstraint(condition=models.Q(('clock__isnull', False), ('replaces', None)), fields=('clock',), name='one_first_time_of_a_clock'), models.CheckConstraint(condition=models.Q(models.Q(('clock__isnull', False), ('event', 'own')), models.Q(('clock', None), ('event__in', ['aware', 'discovered', 'classified', 'determined', 'belief'])), _connector='OR'), name='start_belongs_to_an_incident_or_a_clock'), models.CheckConstraint(condition=models.Q(('evidence', ''), _negated=True), name='start_has_evidence'), models.CheckConstraint(condition=models.Q(('at__lte', models.F('recorded_at'))), name='start_is_not_from_the_future'), models.CheckConstraint(condition=models.Q(('was_at', None), ('at__lte', models.F('was_at')), models.Q(models.Q(('reason', ''), _negated=True), ('agreed_by__isnull', False)), _connector='OR'), name='moving_a_start_later_is_agreed_to'), models.CheckConstraint(condition=models.Q(models.Q(('agreed_alone', False), ('agreed_by', None)), models.Q(('agreed_by__isnull', False), models.Q(('agreed_alone', True), models.Q(('agreed_by', models.F('recorded_by')), _negated=True), _connector='OR')), _connector='OR'), name='moving_a_start_later_takes_two')],
            },
        ),
        migrations.CreateModel(
            name='StartMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.CharField(choices=[('aware', 'Becoming aware'), ('discovered', 'Discovery'), ('classified', 'Classification'), ('determined', 'Determination'), ('belief', 'Reasonable belief'), ('submitted', 'Submission of the earlier report'), ('own', 'An event that this rule alone waits for')], max_length=12)),
                ('at', models.DateTimeField()),
                ('evidence', models.CharField(max_length=300, verbose_name='where that can be checked')),
                ('reason', models.TextField(blank=True, verbose_name='why it is moved')),
                ('was_at', models.DateTimeField(blank=True, help_text='The time that counted before', null=True)),
                ('proposed_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('waiting', 'Waits for a second person'), ('agreed', 'Agreed'), ('refused', 'Not agreed'), ('overtaken', 'Another time was recorded meanwhile')], default='waiting', max_length=12)),
                ('settled_at', models.DateTimeField(null=True)),
                ('settled_alone', models.BooleanField(default=False)),
                ('clock', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='start_moves', to='incidents.reportingclock')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='start_moves', to='incidents.incident')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('settled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['proposed_at', 'pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('clock', None), ('state', 'waiting')), fields=('incident', 'event'), name='one_move_of_an_event'), models.UniqueConstraint(condition=models.Q(('clock__isnull', False), ('state', 'waiting')), fields=('clock',), name='one_move_of_a_clock'), models.CheckConstraint(condition=models.Q(models.Q(('evidence', ''), _negated=True), models.Q(('reason', ''), _negated=True), ('at__gt', models.F('was_at')), ('was_at__isnull', False)), name='start_move_says_why'), models.CheckConstraint(condition=models.Q(models.Q(('settled_alone', False), ('settled_at', None), ('settled_by', None), ('state', 'waiting')), models.Q(models.Q(('state', 'waiting'), _negated=True), ('settled_at__isnull', False), ('settled_by__isnull', False)), _connector='OR'), name='start_move_settled_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'agreed'), _negated=True), ('settled_alone', True), models.Q(('settled_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='start_move_takes_two')],
            },
        ),
        migrations.CreateModel(
            name='ClockNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('salt', models.CharField(default=accounts.models.kept.new_salt, max_length=64)),
                ('redacted', models.JSONField(help_text='Of what was taken down the digests; of the other texts the salts', null=True)),
                ('verb', models.CharField(choices=[('applies', 'It applies'), ('not_applicable', 'It does not apply'), ('submitted', 'Submitted'), ('taken_back', 'Submission taken back'), ('held', 'Held, as an authority asked'), ('named', 'Who is to say if it applies')], max_length=16)),
                ('words', models.TextField(blank=True, help_text='The reason, the reference of the report, or the ground of the hold')),
                ('since', models.DateTimeField(help_text='When it was submitted, or from when it is held', null=True)),
                ('until', models.DateTimeField(help_text='Until when it is held', null=True)),
                ('said_at', models.DateTimeField()),
                ('clock', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='incidents.reportingclock')),
                ('log_entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.logentry')),
                ('said_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('whose', models.ForeignKey(help_text='Who submitted it, or was named', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-pk'],
                'base_manager_name': 'objects',
                'constraints': [models.CheckConstraint(condition=models.Q(('verb__in', ['applies', 'named']), models.Q(('words', ''), _negated=True), _connector='OR'), name='clock_note_says_why'), models.CheckConstraint(condition=models.Q(models.Q(('verb', 'named'), _negated=True), ('whose__isnull', False), _connector='OR'), name='clock_note_names_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('verb', 'submitted'), _negated=True), models.Q(('since__isnull', False), ('whose__isnull', False)), _connector='OR'), name='clock_note_of_a_submission'), models.CheckConstraint(condition=models.Q(models.Q(('verb', 'held'), _negated=True), models.Q(('since__isnull', False), ('until__gt', models.F('since'))), _connector='OR'), name='clock_note_of_a_hold')],
            },
        ),
        migrations.RemoveConstraint(
            model_name='reminder',
            name='reminder_is_about_one_thing',
        ),
        migrations.AlterField(
            model_name='reminder',
            name='step',
            field=models.CharField(choices=[('created', 'Created'), ('week', '7 days before'), ('two_days', '2 days before'), ('morning', 'Morning of the due day'), ('due', 'Due'), ('day_after', '1 day after, with the team’s lead'), ('three_days_after', '3 days after, with the executive'), ('weekly', 'Weekly until settled'), ('half', 'Half of the time is gone'), ('due_deputy', '5 minutes over, to the deputy'), ('due_commander', '10 minutes over, to the commander'), ('review', 'Time to review'), ('day_before', '24 hours before'), ('two_hours', '2 hours before'), ('daily', 'Daily until submitted'), ('target_deputy', 'Not decided in time, to the deputy'), ('target_commander', 'Not decided 10 minutes later, to the commander')], max_length=20),
        ),
        migrations.AddField(
            model_name='reminder',
            name='clock',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='incidents.reportingclock'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('clock__isnull', True), ('commitment__isnull', False), ('containment__isnull', True), ('inquiry__isnull', True), ('promise__isnull', True), ('review__isnull', True), ('submission__isnull', True)), models.Q(('clock__isnull', True), ('commitment__isnull', True), ('containment__isnull', True), ('inquiry__isnull', True), ('promise__isnull', False), ('review__isnull', True), ('submission__isnull', True)), models.Q(('clock__isnull', True), ('commitment__isnull', True), ('containment__isnull', False), ('inquiry__isnull', True), ('promise__isnull', True), ('review__isnull', True), ('submission__isnull', True)), models.Q(('clock__isnull', True), ('commitment__isnull', True), ('containment__isnull', True), ('inquiry__isnull', True), ('promise__isnull', True), ('review__isnull', False), ('submission__isnull', True)), models.Q(('clock__isnull', True), ('commitment__isnull', True), ('containment__isnull', True), ('inquiry__isnull', True), ('promise__isnull', True), ('review__isnull', True), ('submission__isnull', False)), models.Q(('clock__isnull', True), ('commitment__isnull', True), ('containment__isnull', True), ('inquiry__isnull', False), ('promise__isnull', True), ('review__isnull', True), ('submission__isnull', True)), models.Q(('clock__isnull', False), ('commitment__isnull', True), ('containment__isnull', True), ('inquiry__isnull', True), ('promise__isnull', True), ('review__isnull', True), ('submission__isnull', True)), _connector='OR'), name='reminder_is_about_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.UniqueConstraint(fields=('clock', 'about_due_at', 'step', 'nth'), name='clock_step_once'),
        ),
        migrations.RunPython(on, off),
    ]
