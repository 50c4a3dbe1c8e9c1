"""The portal: sign-in, all pages, sign-out, and one page that only an officer may see."""

from flask import Flask
from flask_facade import elaas, site

from elaas_identity.flask import ElaasFlask, current_officer, officer_required

app = Flask(__name__)
ElaasFlask(app, elaas, site)


@app.get("/")
@officer_required
def home() -> str:
    return f"{current_officer.person.display_name}, {current_officer.account.agency_name}"
