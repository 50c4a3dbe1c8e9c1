"""The permissions of the administrator's pages. The model has no table."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("elaas_identity", "0001_initial")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Account",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
            options={
                "managed": False,
                "default_permissions": ("view",),
                "permissions": (
                    ("approve_account", "Can approve account"),
                    ("reject_account", "Can reject account"),
                    ("reissue_account", "Can reissue account"),
                    ("unlock_account", "Can unlock account"),
                    ("suspend_account", "Can suspend account"),
                    ("restore_account", "Can restore account"),
                    ("hand_over_account", "Can hand over account"),
                ),
            },
        ),
    ]
