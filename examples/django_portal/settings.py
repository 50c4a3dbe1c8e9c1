"""The settings of a Django portal, as few as there may be. `identity.py` holds what ThaID and the office know."""

import os

SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1", "portal.example.go.th"]
ROOT_URLCONF = "urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "portal.db"}}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
INSTALLED_APPS.append("elaas_identity.django")
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware"]
MIDDLEWARE.append("django.contrib.auth.middleware.AuthenticationMiddleware")
MIDDLEWARE.append("elaas_identity.django.middleware.officer_middleware")
AUTHENTICATION_BACKENDS = ["elaas_identity.django.backends.BindingBackend"]
SESSION_COOKIE_NAME, SESSION_COOKIE_SECURE = "__Host-sessionid", True
ELAAS_IDENTITY = {"ELAAS": "identity.elaas", "SITE": "identity.site"}
