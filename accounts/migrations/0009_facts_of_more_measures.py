"""Columns that measures of replies, failed payments, contract terms, levels and subjects of answers ask for."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_display_scale'),
    ]

    operations = [
        migrations.AddField(
            model_name='contact',
            name='level',
            field=models.CharField(blank=True, choices=[('executive', 'Executive'), ('director', 'Director'), ('manager', 'Manager'), ('staff', 'Staff')], db_default='', default='', max_length=10),
        ),
        migrations.AddField(
            model_name='contract',
            name='has_upsell_terms',
            field=models.BooleanField(blank=True, help_text='Whether it states the terms of buying more; empty where nobody says.', null=True),
        ),
        migrations.AddField(
            model_name='invoice',
            name='failed_on',
            field=models.DateField(blank=True, help_text='The day of the last failed payment; unstated, they count on the due day.', null=True),
        ),
        migrations.AddField(
            model_name='surveyresponse',
            name='about_brand',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='surveyresponse',
            name='about_people',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='surveyresponse',
            name='about_process',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='surveyresponse',
            name='about_product',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='touchpoint',
            name='replied_on',
            field=models.DateField(blank=True, help_text='The day of the answer to a mail or a call.', null=True),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('failed_on', None), ('failed_on__gte', models.F('issued_on')), _connector='OR'), name='invoice_fails_after_issue'),
        ),
        migrations.AddConstraint(
            model_name='surveyresponse',
            constraint=models.CheckConstraint(condition=models.Q(('about_brand', None), models.Q(('about_brand__range', (1, 5)), ('answered_on__isnull', False)), _connector='OR'), name='response_about_brand_1_to_5'),
        ),
        migrations.AddConstraint(
            model_name='surveyresponse',
            constraint=models.CheckConstraint(condition=models.Q(('about_people', None), models.Q(('about_people__range', (1, 5)), ('answered_on__isnull', False)), _connector='OR'), name='response_about_people_1_to_5'),
        ),
        migrations.AddConstraint(
            model_name='surveyresponse',
            constraint=models.CheckConstraint(condition=models.Q(('about_product', None), models.Q(('about_product__range', (1, 5)), ('answered_on__isnull', False)), _connector='OR'), name='response_about_product_1_to_5'),
        ),
        migrations.AddConstraint(
            model_name='surveyresponse',
            constraint=models.CheckConstraint(condition=models.Q(('about_process', None), models.Q(('about_process__range', (1, 5)), ('answered_on__isnull', False)), _connector='OR'), name='response_about_process_1_to_5'),
        ),
        migrations.AddConstraint(
            model_name='touchpoint',
            constraint=models.CheckConstraint(condition=models.Q(('replied_on', None), ('replied_on__gte', models.F('day')), _connector='OR'), name='touchpoint_replied_after_day'),
        ),
    ]
