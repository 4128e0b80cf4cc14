"""The eight groups of people who must be thought of when an agent fails in public (R20). The operator edits them."""

from django.db import migrations

FIELDS = ("slug", "name", "relationship", "influence", "interest", "needs", "channel", "tone", "timing")

GROUPS = (
    (
        "affected-users",
        "Directly affected users",
        "The people who were harmed",
        "medium",
        "very_high",
        "Whether it happened to them; what was sent, shown, charged or decided; what to do now; whether it will be put "
        "right; whom to ask.",
        "A direct message first, then the page they already use. A reply reaches a person.",
        "Personal and plain. Sorry for what was done. No legal prose.",
        "With the public page or before it; an account of their own case within 24 hours of being identified",
    ),
    (
        "onlookers",
        "Followers and observers",
        "Witnesses; their interest can rise fast",
        "medium",
        "medium",
        "Whether it is real; how far it goes; whether the owner is open about it; whether it can happen to them.",
        "The public page, and one reply where it is being shared that leads there.",
        "The same facts as everybody gets. No argument, no jokes.",
        "The first public message, then each update and the post-mortem",
    ),
    (
        "platform-trust",
        "Platform trust team",
        "The landlord: may suspend the agent",
        "very_high",
        "high",
        "What the agent did against which rule; what is switched off; how much there was of it; a contact; what will "
        "change; evidence when they ask.",
        "Their reporting channel or partner contact, from a named person.",
        "Factual, with the numbers of the rules. No persuasion.",
        "Before they ask; with containment, within 4 hours",
    ),
    (
        "journalists",
        "Journalists",
        "They carry it further",
        "high",
        "medium",
        "What is confirmed, what is not known yet, who speaks for us, and when the next statement comes.",
        "The press contact, with the same text as the public page.",
        "Short and quotable. No guesses, and never “no comment”.",
        "When they ask, within 2 hours; at once when it has been reported already",
    ),
    (
        "regulators",
        "Regulators and authorities",
        "Overseers; their interest depends on the law",
        "very_high",
        "medium",
        "What the law lists: nature, extent, consequences, measures taken, contact.",
        "Their form or portal.",
        "Complete and dated, and marked as preliminary where it is.",
        "By the legal deadline, and not later than the public message where both are due",
    ),
    (
        "executives",
        "Internal executives",
        "They own the risk",
        "very_high",
        "high",
        "Where it stands, how large it is, which decision is needed, the exposure, the next checkpoint, what not to say.",
        "A report on the situation at fixed times.",
        "Five lines, decisions first.",
        "Within 30 minutes when it is act-now, then at each stage",
    ),
    (
        "partners",
        "Partners and enterprise customers",
        "Parties to a contract",
        "high",
        "high",
        "Whether they are affected; what their contract says about notice; what to tell their own users; evidence.",
        "Their account contact and their security address.",
        "Specific to each customer, and in substance no more than the public page says.",
        "As the contract says, often 24 to 72 hours; otherwise within 24 hours",
    ),
    (
        "employees",
        "Employees",
        "First to be asked, and witnesses",
        "medium",
        "high",
        "What happened, what to say when asked, who speaks for us, where to send questions, and that nobody is hunted.",
        "A post inside, before the public one.",
        "Honest and calm. No blame.",
        "Minutes before the public message",
    ),
)


def seed(apps, _editor):
    groups = apps.get_model("stakeholders", "StakeholderGroup").objects
    for position, values in enumerate(GROUPS, start=1):
        fields = dict(zip(FIELDS, values, strict=True))
        groups.get_or_create(slug=fields.pop("slug"), defaults={**fields, "position": position})


class Migration(migrations.Migration):
    dependencies = [("stakeholders", "0001_initial")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
