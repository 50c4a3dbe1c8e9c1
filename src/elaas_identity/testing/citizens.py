"""Invented people for the emulator. None of them exists, and each says so in the name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from elaas_identity._discreet import discreet
from elaas_identity.person.national_id import NationalID

MARK = "สมมติ"
"""What every emulated citizen has in the Thai name: "invented"."""


@discreet
@dataclass(frozen=True, kw_only=True)
class Citizen:
    """A person as ThaID knows them. Only invented ones: the Thai name must hold `MARK`.

    To make another: `dataclasses.replace(CITIZENS[0], ial="1.2")`, or with a `NationalID` of your own whose
    digits 2 to 5 are 9999, a registration office that does not exist.

    Attributes:
        ial: identity assurance level as the claim has it; None: the claim is left out.
        birthdate: as the claim has it, ISO 8601.

    Raises:
        ValueError: the name does not hold the mark.
    """

    national_id: NationalID
    title: str
    given_name: str = field(repr=False)
    family_name: str = field(repr=False)
    title_en: str
    given_name_en: str = field(repr=False)
    family_name_en: str = field(repr=False)
    gender: str
    birthdate: str = field(repr=False)
    middle_name: str | None = field(default=None, repr=False)
    middle_name_en: str | None = field(default=None, repr=False)
    ial: str | None = "2.3"

    def __post_init__(self) -> None:
        if MARK not in self.name:
            raise ValueError(f"an emulated citizen is invented, and the Thai name says so: put {MARK} in it")

    @property
    def name(self) -> str:
        """The Thai name in full. A title is written together with the given name."""
        return " ".join(filter(None, (self.title + self.given_name, self.middle_name, self.family_name)))

    @property
    def name_en(self) -> str:
        """The English name in full."""
        parts = (self.title_en, self.given_name_en, self.middle_name_en, self.family_name_en)
        return " ".join(filter(None, parts))

    def claims(self) -> dict[str, Any]:
        """Every claim that can be released about the person, by its scope: at ThaID both have one name."""
        everything = {
            "pid": self.national_id.reveal(),
            "address": {"formatted": "99/9 หมู่บ้านสมมติ ต.สมมติ อ.สมมติ จ.สมมติ"},
            "gender": self.gender,
            "birthdate": self.birthdate,
            "given_name": self.given_name,
            "middle_name": self.middle_name,
            "family_name": self.family_name,
            "name": self.name,
            "th_fullname": self.name,
            "dob": self.birthdate,
            "given_name_en": self.given_name_en,
            "middle_name_en": self.middle_name_en,
            "family_name_en": self.family_name_en,
            "name_en": self.name_en,
            "title": self.title,
            "title_en": self.title_en,
            "ial": self.ial,
            "smartcard_code": "9999-99-99999999",
            "date_of_expiry": "2033-09-30",
            "date_of_issuance": "2024-10-01",
            "house_address": {"formatted": "99/9 หมู่บ้านสมมติ ต.สมมติ อ.สมมติ จ.สมมติ"},
        }
        return {name: value for name, value in everything.items() if value is not None}


OFFICER = Citizen(
    national_id=NationalID("1999900001010"),
    title="นาย",
    given_name="สมมติ",
    family_name="ตัวอย่าง",
    title_en="Mr.",
    given_name_en="Sommut",
    family_name_en="Tuayang (invented)",
    gender="male",
    birthdate="1985-04-13",
)
"""The one whom an example's account expects."""

COLLEAGUE = Citizen(
    national_id=NationalID("1999900002024"),
    title="นางสาว",
    given_name="สมมติรัก",
    middle_name="ทดลอง",
    family_name="ทดสอบดี",
    title_en="Miss",
    given_name_en="Sommutrak",
    middle_name_en="Thotlong",
    family_name_en="Thotsopdi (invented)",
    gender="female",
    birthdate="1990-12-05",
)
"""Another officer: whom the account passes to, or who tries one that is not hers. She has a middle name."""

LOW_ASSURANCE = Citizen(
    national_id=NationalID("1999900003039"),
    title="นาง",
    given_name="สมมติยา",
    family_name="หลักฐานน้อย",
    title_en="Mrs.",
    given_name_en="Sommutya",
    family_name_en="Lakthannoi (invented)",
    gender="female",
    birthdate="1978-08-12",
    ial="1.1",
)
"""Her identity was hardly proven when it was enrolled: refused where the policy has a minimum (R1.5)."""

NO_ASSURANCE = Citizen(
    national_id=NationalID("1999900004043"),
    title="นาย",
    given_name="สมมติชัย",
    family_name="ไม่ระบุระดับ",
    title_en="Mr.",
    given_name_en="Sommutchai",
    family_name_en="Mairaburadap (invented)",
    gender="male",
    birthdate="1969-02-28",
    ial=None,
)
"""ThaID does not say how his identity was proven, which counts as the weakest (R1.5)."""

CITIZENS: tuple[Citizen, ...] = (OFFICER, COLLEAGUE, LOW_ASSURANCE, NO_ASSURANCE)
"""The people whom an emulator knows unless told otherwise."""
