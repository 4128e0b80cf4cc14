"""How often the sweep has begun with a row and not finished it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0003_the_first_hour'),
    ]

    operations = [
        migrations.CreateModel(
            name='Setback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('row', models.BigIntegerField()),
                ('times', models.PositiveSmallIntegerField(default=1)),
                ('again_at', models.DateTimeField(help_text='Not before then')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'row'), name='one_setback_of_a_row')],
            },
        ),
    ]
