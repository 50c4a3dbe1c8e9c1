"""A natural person whom the identity provider has proven."""

from __future__ import annotations

import json
from dataclasses import InitVar, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Self

from elaas_identity._discreet import discreet
from elaas_identity.errors import Misconfigured
from elaas_identity.json_form import json_form
from elaas_identity.not_pickled import NotPickled
from elaas_identity.person.assurance import IAL
from elaas_identity.person.national_id import NationalID

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

SCHEMA = 1
"""The number that `serialised()` writes. `restored()` reads every number up to it."""


@discreet
@dataclass(frozen=True, kw_only=True, eq=False)
class VerifiedIdentity(NotPickled):
    """Who the person is, by a verified ID token. Personal data: the repr shows none, pickle is refused.

    Subject, national ID and names are attributes and no fields: `dataclasses.asdict`, Flask, FastAPI and pydantic find
    the other four, so that a portal that answers a step as JSON gives nobody away.

    Attributes:
        issuer: of the ID token. `(issuer, subject)` names the person at the identity provider (ASVS 10.5.2).
        subject: at ThaID's sandbox this is the national ID itself.
        name_th: full name in Thai, where the scope was granted.
        name_en: full name in English, where the scope was granted.
        ial: identity assurance level; None where the claim is absent or malformed.
        auth_time: when the person last proved themselves to the identity provider (aware UTC), if it says so.
        verified_at: when we verified the ID token (aware UTC).
    """

    issuer: str
    if TYPE_CHECKING:
        subject: str
        national_id: NationalID
        name_th: str | None = None
        name_en: str | None = None
    else:
        # With a default, since `dataclasses.replace` takes what is left out from the attribute then.
        subject: InitVar[str] = None
        national_id: InitVar[NationalID] = None
        name_th: InitVar[str | None] = None
        name_en: InitVar[str | None] = None

        def __post_init__(self, subject, national_id, name_th, name_en):
            if subject is None or national_id is None:
                raise TypeError("a VerifiedIdentity has a subject and a national_id")
            vars(self).update(subject=subject, national_id=national_id, name_th=name_th, name_en=name_en)

    ial: IAL | None = None
    auth_time: datetime | None = None
    verified_at: datetime

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VerifiedIdentity) and self.serialised() == other.serialised()

    def __hash__(self) -> int:
        return hash(self.serialised())

    @property
    def display_name(self) -> str:
        """The Thai name, else the English one, else nothing."""
        return self.name_th or self.name_en or ""

    def serialised(self) -> str:
        """JSON with the national ID in plain digits: to be sealed by the keyring at once, never stored so."""
        return json.dumps(
            {
                "schema": SCHEMA,
                "issuer": self.issuer,
                "subject": self.subject,
                "national_id": self.national_id.reveal(),
                "name_th": self.name_th,
                "name_en": self.name_en,
                "ial": None if self.ial is None else str(self.ial),
                "auth_time": None if self.auth_time is None else self.auth_time.isoformat(),
                "verified_at": self.verified_at.isoformat(),
            }
        )

    @classmethod
    def restored(cls, text: str) -> VerifiedIdentity:
        """The identity that `serialised()` wrote, by this or an earlier version of the library.

        Raises:
            Misconfigured: `store_schema`, when a later version wrote it, or something else did.
        """
        try:
            record = json.loads(text)
            if record["schema"] == SCHEMA:
                return cls(
                    issuer=record["issuer"],
                    subject=record["subject"],
                    national_id=NationalID(record["national_id"]),
                    name_th=record["name_th"],
                    name_en=record["name_en"],
                    ial=IAL.parse_or_none(record["ial"]),
                    auth_time=_moment(record["auth_time"]),
                    verified_at=datetime.fromisoformat(record["verified_at"]),
                )
        except (ValueError, KeyError, TypeError):
            pass  # The cause's text holds personal data, so it is not chained.
        raise Misconfigured(
            "store_schema",
            detail="a sealed identity is in no format known here: run the elaas-identity that wrote it",
        )

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.is_instance_schema(
            cls, serialization=core_schema.plain_serializer_function_ser_schema(json_form)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, object]:
        # Named, or a union would leave the step that holds one out of the description of an API.
        time = {"type": "string", "format": "date-time"}
        types = {"issuer": {"type": "string"}, "verified_at": time}
        or_null = {"ial": {"type": "string"}, "auth_time": time}
        nullable = {name: {"anyOf": [of, {"type": "null"}]} for name, of in or_null.items()}
        properties = {**types, **nullable}
        return {"type": "object", "title": cls.__name__, "properties": properties, "required": [*properties]}


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def subject_of(identity: VerifiedIdentity) -> str:
    """(issuer, subject) as one value to index; an issuer is a URL and holds no line feed."""
    return f"{identity.issuer}\n{identity.subject}"
