"""The app of `DjangoStore`: its tables are Django's to make, by `manage.py migrate`.

They are those of the SQL store, by name and column, so that `elaas-identity --url` reads them too. Put
"elaas_identity.django.store" into INSTALLED_APPS only where the store is used.
"""
