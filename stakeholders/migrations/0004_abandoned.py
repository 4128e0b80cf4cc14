"""How often a sender ended with a message in its hands."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('stakeholders', '0003_doorbell'),
    ]

    operations = [
        migrations.AddField(
            model_name='outgoing',
            name='abandoned',
            field=models.PositiveSmallIntegerField(default=0, help_text='How often a sender ended or broke off holding it'),
        ),
    ]
