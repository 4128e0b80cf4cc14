"""Every decision for a group is kept, also when it is taken anew."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.models.kept
from accounts import append_only

on, off = append_only.protect("incidents_plannote")


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_public_language'),
        ('incidents', '0025_message_templates'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PlanNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('salt', models.CharField(default=accounts.models.kept.new_salt, max_length=64)),
                ('redacted', models.JSONField(help_text='Of what was taken down the digests; of the other texts the salts', null=True)),
                ('verb', models.CharField(choices=[('decided', 'Decided'), ('confirmed', 'Taken as proposed'), ('agreed', 'A second person agreed'), ('agreed_alone', 'Agreed by one person, who works alone'), ('still', 'Confirmed again'), ('opened', 'To be decided anew')], max_length=16)),
                ('decision', models.CharField(blank=True, choices=[('now', 'Tell them now'), ('at_stage', 'Tell them at a stage'), ('if_asked', 'Only if asked'), ('not_told', 'Deliberately not'), ('not_applicable', 'Does not apply')], max_length=16)),
                ('stage', models.CharField(blank=True, choices=[('contained', 'Contained'), ('recovered', 'Recovered'), ('post_mortem', 'Post-mortem')], max_length=12)),
                ('words', models.TextField(blank=True, help_text='The reason, or what is said when they ask')),
                ('by_at', models.DateTimeField(help_text='By when they are told, or this is looked at again', null=True)),
                ('minutes', models.PositiveIntegerField(help_text='From the stage, or from the question', null=True)),
                ('must_act', models.BooleanField(help_text='Whether they have to act to protect themselves', null=True)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('open', 'Open'), ('contained', 'Contained'), ('recovered', 'Recovered'), ('dismissed', 'Dismissed')], help_text='Of the incident when this was said', max_length=12)),
                ('said_at', models.DateTimeField()),
                ('log_entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.logentry')),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='incidents.stakeholderplan')),
                ('said_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-pk'],
                'base_manager_name': 'objects',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('decision', ''), ('verb', 'opened')), models.Q(models.Q(('verb', 'opened'), _negated=True), models.Q(('decision', ''), _negated=True)), _connector='OR'), name='plan_note_says_what_is_decided'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('decision__in', ['if_asked', 'not_told', 'not_applicable']), _negated=True), models.Q(('verb', 'opened'), _negated=True)), models.Q(('words', ''), _negated=True), _connector='OR'), name='plan_note_says_why')],
            },
        ),
        migrations.RunPython(on, off),
    ]
