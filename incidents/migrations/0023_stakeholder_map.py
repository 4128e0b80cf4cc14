"""The stakeholder map of an incident: a decision for each group, what they ask, how they were told, and what came in."""

from typing import ClassVar

import accounts.models.kept
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from accounts import append_only

on, off = append_only.protect("incidents_telling")


class Migration(migrations.Migration):

    dependencies: ClassVar = [
        ('accounts', '0006_public_language'),
        ('incidents', '0022_take_down_messages'),
        ('stakeholders', '0006_group_templates'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name='StakeholderPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('decision', models.CharField(blank=True, choices=[('now', 'Tell them now'), ('at_stage', 'Tell them at a stage'), ('if_asked', 'Only if asked'), ('not_told', 'Deliberately not'), ('not_applicable', 'Does not apply')], max_length=16)),
                ('stage', models.CharField(blank=True, choices=[('contained', 'Contained'), ('recovered', 'Recovered'), ('post_mortem', 'Post-mortem')], max_length=12)),
                ('tell_within', models.PositiveIntegerField(blank=True, help_text='Minutes, from detection or from the stage', null=True)),
                ('due_at', models.DateTimeField(blank=True, help_text='By when they are told, where that is a time', null=True)),
                ('reason', models.TextField(blank=True)),
                ('review_at', models.DateTimeField(blank=True, help_text='When not telling them is looked at again', null=True)),
                ('must_act', models.BooleanField(blank=True, help_text='Whether they have to act to protect themselves', null=True)),
                ('ready_answer', models.TextField(blank=True)),
                ('answer_within', models.PositiveIntegerField(blank=True, help_text='Minutes, from the question', null=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('agreed_at', models.DateTimeField(blank=True, null=True)),
                ('agreed_alone', models.BooleanField(default=False)),
                ('confirmed_in', models.CharField(blank=True, choices=[('draft', 'Draft'), ('open', 'Open'), ('contained', 'Contained'), ('recovered', 'Recovered'), ('dismissed', 'Dismissed')], help_text='State in which not telling them was last confirmed', max_length=12)),
                ('first_decided_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1)),
                ('agreed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stakeholders.stakeholdergroup')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plans', to='incidents.incident')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['group__position', 'group__name', 'pk'],
                'constraints': [
                    models.UniqueConstraint(fields=('incident', 'group'), name='one_plan_of_a_group'),
                    models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('decision', '')), models.Q(models.Q(('decision', ''), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='plan_decided_by_somebody'),
                    models.CheckConstraint(condition=models.Q(models.Q(models.Q(('stage', ''), _negated=True), ('decision', 'at_stage')), models.Q(models.Q(('decision', 'at_stage'), _negated=True), ('stage', '')), _connector='OR'), name='only_a_plan_for_a_stage_names_one'),
                    models.CheckConstraint(condition=models.Q(models.Q(('decision', 'now'), _negated=True), ('due_at__isnull', False), _connector='OR'), name='telling_now_has_a_time'),
                    models.CheckConstraint(condition=models.Q(models.Q(('decision', 'at_stage'), _negated=True), ('tell_within__isnull', False), _connector='OR'), name='telling_at_a_stage_has_a_term'),
                    models.CheckConstraint(condition=models.Q(models.Q(('decision', 'if_asked'), _negated=True), models.Q(models.Q(('ready_answer', ''), _negated=True), ('answer_within__isnull', False)), _connector='OR'), name='only_if_asked_has_an_answer_and_a_term'),
                    models.CheckConstraint(condition=models.Q(models.Q(('decision', 'not_told'), _negated=True), models.Q(models.Q(('reason', ''), _negated=True), ('review_at__isnull', False)), _connector='OR'), name='not_telling_has_a_reason_and_a_review'),
                    models.CheckConstraint(condition=models.Q(models.Q(('decision', 'not_told'), _negated=True), ('must_act', None), ('must_act', False), _connector='OR'), name='who_must_act_is_told'),
                    models.CheckConstraint(condition=models.Q(models.Q(('decision', 'not_applicable'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='not_applying_has_a_reason'),
                    models.CheckConstraint(condition=models.Q(models.Q(('agreed_alone', False), ('agreed_at', None), ('agreed_by', None)), models.Q(('agreed_at__isnull', False), ('agreed_by__isnull', False), ('decision', 'not_told')), _connector='OR'), name='only_not_telling_is_agreed_to'),
                    models.CheckConstraint(condition=models.Q(('agreed_by', None), ('agreed_alone', True), models.Q(('agreed_by', models.F('decided_by')), _negated=True), _connector='OR'), name='not_telling_takes_two'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Inquiry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('received_at', models.DateTimeField()),
                ('asked_by', models.CharField(max_length=300, verbose_name='who asked')),
                ('channel', models.CharField(choices=[('email', 'Email'), ('phone', 'Phone'), ('portal', 'Portal'), ('post', 'Post'), ('in_person', 'In person')], max_length=12)),
                ('question', models.TextField()),
                ('due_at', models.DateTimeField()),
                ('entered_at', models.DateTimeField()),
                ('answer', models.TextField(blank=True)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('answered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='inquiries', to='incidents.stakeholderplan')),
            ],
            options={
                'ordering': ['due_at', 'pk'],
                'indexes': [
                    models.Index(condition=models.Q(('answered_at', None)), fields=['due_at'], name='inquiry_open'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('question', ''), _negated=True), models.Q(('asked_by', ''), _negated=True)), name='inquiry_asks_something'),
                    models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answered_at', None), ('answered_by', None)), models.Q(models.Q(('answer', ''), _negated=True), ('answered_at__isnull', False), ('answered_by__isnull', False)), _connector='OR'), name='inquiry_answered_by_somebody'),
                    models.CheckConstraint(condition=models.Q(('answered_at', None), ('answered_at__gte', models.F('received_at')), _connector='OR'), name='answered_after_it_was_asked'),
                    models.CheckConstraint(condition=models.Q(('received_at__lte', models.F('entered_at'))), name='inquiry_is_not_from_the_future'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Telling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('salt', models.CharField(default=accounts.models.kept.new_salt, max_length=64)),
                ('redacted', models.JSONField(help_text='Of what was taken down the digests; of the other texts the salts', null=True)),
                ('told_at', models.DateTimeField()),
                ('channel', models.CharField(choices=[('email', 'Email'), ('phone', 'Phone'), ('portal', 'Portal'), ('post', 'Post'), ('in_person', 'In person')], max_length=12)),
                ('whom', models.CharField(max_length=300, verbose_name='whom they reached')),
                ('what', models.TextField(verbose_name='what they were told')),
                ('evidence', models.CharField(max_length=300, verbose_name='where that can be checked')),
                ('entered_at', models.DateTimeField()),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('log_entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.logentry')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tellings', to='incidents.stakeholderplan')),
                ('told_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-told_at', '-pk'],
                'base_manager_name': 'objects',
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('whom', ''), _negated=True), models.Q(('what', ''), _negated=True), models.Q(('evidence', ''), _negated=True)), name='telling_is_complete'),
                    models.CheckConstraint(condition=models.Q(('told_at__lte', models.F('entered_at'))), name='telling_is_not_from_the_future'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PlanQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=300)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('asked_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('added_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('answered_in', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='incidents.approval')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='incidents.stakeholderplan')),
                ('told_in', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='incidents.telling')),
            ],
            options={
                'ordering': ['position', 'pk'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='question_asks_something'),
                    models.CheckConstraint(condition=models.Q(models.Q(('answered_at', None), ('answered_in', None), ('told_in', None)), models.Q(('answered_at__isnull', False), ('answered_in__isnull', False), ('told_in', None)), models.Q(('answered_at__isnull', False), ('answered_in', None), ('told_in__isnull', False)), _connector='OR'), name='question_answered_by_one_thing'),
                ],
            },
        ),
        migrations.CreateModel(
            name='QuestionLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links', to='incidents.planquestion')),
                ('statement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='question_links', to='incidents.statement')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('statement', 'question'), name='statement_answers_a_question_once'),
                ],
            },
        ),
        migrations.RemoveConstraint(
            model_name='reminder',
            name='reminder_is_about_one_thing',
        ),
        migrations.AddField(
            model_name='reminder',
            name='inquiry',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='incidents.inquiry'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('commitment__isnull', False), ('containment__isnull', True), ('inquiry__isnull', True), ('promise__isnull', True), ('review__isnull', True), ('submission__isnull', True)), models.Q(('commitment__isnull', True), ('containment__isnull', True), ('inquiry__isnull', True), ('promise__isnull', False), ('review__isnull', True), ('submission__isnull', True)), models.Q(('commitment__isnull', True), ('containment__isnull', False), ('inquiry__isnull', True), ('promise__isnull', True), ('review__isnull', True), ('submission__isnull', True)), models.Q(('commitment__isnull', True), ('containment__isnull', True), ('inquiry__isnull', True), ('promise__isnull', True), ('review__isnull', False), ('submission__isnull', True)), models.Q(('commitment__isnull', True), ('containment__isnull', True), ('inquiry__isnull', True), ('promise__isnull', True), ('review__isnull', True), ('submission__isnull', False)), models.Q(('commitment__isnull', True), ('containment__isnull', True), ('inquiry__isnull', False), ('promise__isnull', True), ('review__isnull', True), ('submission__isnull', True)), _connector='OR'), name='reminder_is_about_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.UniqueConstraint(fields=('inquiry', 'step'), name='inquiry_step_once'),
        ),
        migrations.RunPython(on, off),
    ]
