"""What nobody else would write: the canaries, and the invented people whose names and numbers they are."""

from __future__ import annotations

import base64
from dataclasses import replace

from elaas_identity import AssertionKeys, NationalID
from elaas_identity.testing.citizens import Citizen

REDIRECT_URI = "https://portal.example.go.th/auth/callback"

ISSUED = "canary-issued letter 7f3a91"
CHOSEN = "คานารี รหัสผ่านใหม่ canary-chosen 5d0c"
MISTYPED = "canary-mistyped password 88e1"
TOO_SHORT = "canary-short7"
CLIENT_SECRET = "canary-client:secret+/ 3b9d"
KEY = base64.urlsafe_b64encode(b"canary-keyring-secret-of-32bytes").decode().rstrip("=")
EMAIL, TYPO = "canary.clerk@sommut.example.go.th", "canary.typo@sommut.example.go.th"
NOT_AN_EMAIL = "canary not-an-address@"
CONTACT = "canary.contact@sommut.example.go.th"
NEW_MAILBOX = "canary.moved@sommut.example.go.th"
NEXT = "canary-next รหัสผ่านถัดไป 60aa"
SESSION_REF, OTHER_REF = "canary-session-ref 41c7", "canary-session-ref 99fe"
LABEL = "canary เครื่องที่บ้าน 77aa"
NO_RECOVERY_CODE = "0can-arye-0can-arye-0can-arye"
SIGNING_KEY = AssertionKeys.fresh_key(b"canary-signing-key-of-the-tests, forty bytes!")


def national_id(body: str) -> NationalID:
    """The invented ID that begins with these twelve digits."""
    total = sum((13 - place) * int(digit) for place, digit in enumerate(body))
    return NationalID(f"{body}{(11 - total % 11) % 10}")


OFFICER = Citizen(
    national_id=national_id("199990481726"),
    title="นาย",
    given_name="คานารีสมมติ",
    family_name="ไม่ควรมีใครเห็น",
    title_en="Mr.",
    given_name_en="Kanaree (invented)",
    family_name_en="Neverseen",
    gender="male",
    birthdate="1987-06-05",
)
STRANGER = replace(
    OFFICER,
    national_id=national_id("199990736451"),
    given_name="แปลกหน้าสมมติ",
    family_name="ไม่ควรเห็นเช่นกัน",
    given_name_en="Plaekna (invented)",
    family_name_en="Notseeneither",
)
