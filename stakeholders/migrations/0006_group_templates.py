"""What is decided for each group by default, in which time, and how the people outside are reached one by one."""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

# By slug: what the group is, within how many minutes it is told and answered, whether the page tells it.
TERMS = {
    "affected-users": ("affected", 60, 1_440, False),
    "onlookers": ("onlookers", 60, 1_440, True),
    "platform-trust": ("platform", 240, 1_440, False),
    "journalists": ("press", 120, 120, False),
    "regulators": ("regulator", 1_440, 1_440, False),
    "executives": ("executives", 30, 1_440, False),
    "partners": ("partners", 1_440, 1_440, False),
    "employees": ("employees", 60, 1_440, False),
}

QUESTIONS = {
    "affected-users": (
        "Did it happen to me?",
        "What was sent, shown, charged or decided?",
        "What should I do now?",
        "Will it be put right?",
        "Whom do I ask?",
    ),
    "onlookers": (
        "Is it real?",
        "How far does it go?",
        "Is the owner open about it?",
        "Can it happen to me?",
    ),
    "platform-trust": (
        "What did the agent do, against which rule?",
        "What is switched off?",
        "How much of it was there?",
        "Who is our contact?",
        "What will change?",
        "Where is the evidence, if we ask for it?",
    ),
    "journalists": (
        "What is confirmed?",
        "What is not known yet?",
        "Who speaks for you?",
        "When is the next statement?",
    ),
    "regulators": (
        "What happened?",
        "How far does it go?",
        "What are the consequences?",
        "Which measures were taken?",
        "Who is the contact?",
    ),
    "executives": (
        "Where does it stand?",
        "How large is it?",
        "Which decision is needed from us?",
        "What are we exposed to?",
        "When is the next checkpoint?",
        "What do we not say?",
    ),
    "partners": (
        "Are we affected?",
        "What does our contract say about notice?",
        "What do we tell our own users?",
        "Where is the evidence?",
    ),
    "employees": (
        "What happened?",
        "What do I say when I am asked?",
        "Who speaks for us?",
        "Where do I send questions?",
        "Is anybody being hunted?",
    ),
}

# What is said to somebody who asks. It holds in every incident, so it says nothing about any.
READY = {
    "affected-users": "What we know for certain stands on our public page, and we add to it there. If you write to us what you saw "
    "and when, a person looks into your own case and answers you.",
    "onlookers": "We tell everybody the same thing at the same time, on our public page. You find there what is certain so far and when "
    "we will say more.",
    "platform-trust": "What we have told the public stands on our public page. A named person at our side answers your questions and "
    "sends what you need to judge it.",
    "journalists": "What we have confirmed stands on our public page, together with the time of our next statement. Please quote from "
    "there. We do not guess about anything else.",
    "regulators": "Our public page says what we have confirmed. Please tell us which questions you have and by when you need the answers; "
    "a named person sends them in writing.",
    "executives": "The state is in the incident's own page, and the public page says what everybody reads. The next report comes at "
    "the time named there.",
    "partners": "Our public page says what we have confirmed. Tell us which of your services or users you ask about; your account "
    "contact answers you in writing.",
    "employees": "You may send everybody who asks to our public page. Please add nothing of your own, and pass questions on to "
    "whoever speaks for us.",
}

SCENARIOS = ("shared_reply", "dispute", "policy_breach", "mass_failure")
CLOCKS = "Assess the legal clocks"

# Decision, stage and note for each group and scenario, in the order of SCENARIOS.
DEFAULTS = {
    "affected-users": (
        ("now", "", ""),
        ("now", "", "in private"),
        ("at_stage", "contained", "if users were affected"),
        ("now", "", ""),
    ),
    "onlookers": (
        ("now", "", "where it spread"),
        ("if_asked", "", ""),
        ("at_stage", "contained", ""),
        ("now", "", "on the public page"),
    ),
    "platform-trust": (("now", "", ""), ("now", "", ""), ("now", "", ""), ("at_stage", "contained", "")),
    "journalists": (
        ("if_asked", "", ""),
        ("if_asked", "", ""),
        ("if_asked", "", ""),
        ("if_asked", "", "now, if it was reported already"),
    ),
    "regulators": (("", "", CLOCKS), ("", "", CLOCKS), ("now", "", CLOCKS), ("", "", CLOCKS)),
    "executives": (("now", "", ""), ("at_stage", "contained", ""), ("now", "", ""), ("now", "", "")),
    "partners": (
        ("if_asked", "", ""),
        ("not_applicable", "", ""),
        ("at_stage", "contained", ""),
        ("now", "", "if they are affected"),
    ),
    "employees": (("now", "", ""), ("not_told", "", "privacy of the parties"), ("now", "", ""), ("now", "", "")),
}
UNDECIDED = (("", "", ""),) * 4


def seed(apps, _editor):
    """Until now nobody could edit a group, so what stands there is what was shipped."""
    groups = apps.get_model("stakeholders", "StakeholderGroup").objects
    defaults = apps.get_model("stakeholders", "GroupDefault").objects
    for slug, (kind, tell, answer, by_page) in TERMS.items():
        groups.filter(slug=slug).update(
            kind=kind,
            tell_within=tell,
            answer_within=answer,
            told_by_page=by_page,
            needs="\n".join(QUESTIONS[slug]),
            ready_answer=READY[slug],
        )
    for group in groups.all():
        for scenario, (decision, stage, note) in zip(SCENARIOS, DEFAULTS.get(group.slug, UNDECIDED), strict=True):
            defaults.create(group=group, scenario=scenario, decision=decision, stage=stage, note=note)


class Migration(migrations.Migration):

    dependencies = [
        ('stakeholders', '0005_contacts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='GroupDefault',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scenario', models.CharField(choices=[('shared_reply', 'A harmful or embarrassing reply is being shared'), ('dispute', 'A dispute has outgrown its own process'), ('policy_breach', 'A policy breach that draws a platform or a regulator'), ('mass_failure', 'An operational failure that hits many people at once')], max_length=20)),
                ('decision', models.CharField(blank=True, choices=[('now', 'Tell them now'), ('at_stage', 'Tell them at a stage'), ('if_asked', 'Only if asked'), ('not_told', 'Deliberately not'), ('not_applicable', 'Does not apply')], help_text='Empty: decided each time', max_length=16)),
                ('stage', models.CharField(blank=True, choices=[('contained', 'Contained'), ('recovered', 'Recovered'), ('post_mortem', 'Post-mortem')], max_length=16)),
                ('note', models.CharField(blank=True, help_text='In which way, or under which condition', max_length=120)),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='defaults', to='stakeholders.stakeholdergroup')),
            ],
            options={
                'ordering': ['group', 'pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='contact',
            name='contact_once_in_a_group',
        ),
        migrations.AddField(
            model_name='contact',
            name='channel',
            field=models.CharField(choices=[('email', 'Email'), ('phone', 'Phone'), ('portal', 'Portal'), ('post', 'Post'), ('in_person', 'In person')], default='email', max_length=12),
        ),
        migrations.AddField(
            model_name='contact',
            name='language',
            field=models.CharField(blank=True, default='', help_text='BCP 47, such as de or pt-BR', max_length=35),
        ),
        migrations.AddField(
            model_name='contact',
            name='notice_hours',
            field=models.PositiveIntegerField(blank=True, help_text='Notice term of the contract, in hours', null=True),
        ),
        migrations.AddField(
            model_name='contact',
            name='organisation',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='contact',
            name='reach',
            field=models.CharField(blank=True, help_text='Number, address of the portal, place', max_length=300),
        ),
        migrations.AddField(
            model_name='contact',
            name='version',
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='contact',
            name='zone',
            field=models.CharField(blank=True, default='', help_text='IANA name, such as Europe/Berlin', max_length=64),
        ),
        migrations.AddField(
            model_name='stakeholdergroup',
            name='answer_within',
            field=models.PositiveIntegerField(default=1440, help_text='Minutes from being asked'),
        ),
        migrations.AddField(
            model_name='stakeholdergroup',
            name='kind',
            field=models.CharField(choices=[('affected', 'Directly affected people'), ('onlookers', 'Onlookers'), ('platform', 'A platform that may suspend the agent'), ('press', 'Press'), ('regulator', 'Regulators and authorities'), ('executives', 'Executives'), ('partners', 'Partners and enterprise customers'), ('employees', 'Employees'), ('other', 'Others')], default='other', max_length=12),
        ),
        migrations.AddField(
            model_name='stakeholdergroup',
            name='ready_answer',
            field=models.TextField(blank=True, default='', help_text='What we say when asked'),
        ),
        migrations.AddField(
            model_name='stakeholdergroup',
            name='retired_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='stakeholdergroup',
            name='retired_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='stakeholdergroup',
            name='tell_within',
            field=models.PositiveIntegerField(default=1440, help_text='Minutes from detection, or from the stage'),
        ),
        migrations.AddField(
            model_name='stakeholdergroup',
            name='told_by_page',
            field=models.BooleanField(default=False, help_text='A public statement is how they are told'),
        ),
        migrations.AddField(
            model_name='stakeholdergroup',
            name='version',
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AlterField(
            model_name='contact',
            name='address',
            field=models.EmailField(blank=True, max_length=254),
        ),
        migrations.AlterField(
            model_name='stakeholdergroup',
            name='needs',
            field=models.TextField(help_text='One question to a line', verbose_name='what they need to know'),
        ),
        migrations.AddConstraint(
            model_name='contact',
            constraint=models.UniqueConstraint(models.F('group'), django.db.models.functions.text.Lower('address'), condition=models.Q(('channel', 'email'), ('removed_at', None)), name='contact_once_in_a_group'),
        ),
        migrations.AddConstraint(
            model_name='contact',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('channel', 'email'), models.Q(('address', ''), _negated=True)), models.Q(models.Q(('channel', 'email'), _negated=True), models.Q(('reach', ''), _negated=True)), _connector='OR'), name='contact_can_be_reached'),
        ),
        migrations.AddConstraint(
            model_name='stakeholdergroup',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('name'), condition=models.Q(('retired_at', None)), name='group_of_that_name_once'),
        ),
        migrations.AddConstraint(
            model_name='stakeholdergroup',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('retired_at', None), ('retired_by', None)), models.Q(('retired_at__isnull', False), ('retired_by__isnull', False)), _connector='OR'), name='group_retired_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='groupdefault',
            constraint=models.UniqueConstraint(fields=('group', 'scenario'), name='one_default_for_a_scenario'),
        ),
        migrations.AddConstraint(
            model_name='groupdefault',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decision', 'at_stage'), models.Q(('stage', ''), _negated=True)), models.Q(models.Q(('decision', 'at_stage'), _negated=True), ('stage', '')), _connector='OR'), name='default_names_its_stage'),
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
