"""The three accounts that the demonstration issues, one of each kind. Agencies, people and passwords are invented."""

from __future__ import annotations

from dataclasses import dataclass, field

from elaas_identity.accounts.account import AccountKind
from elaas_identity.accounts.provisioning import Expected, FirstUse, NewAccount
from elaas_identity.testing.citizens import COLLEAGUE, OFFICER, Citizen


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """An account as a letter would bring it. `citizen` is whom it opens for; None: whoever comes first, if approved."""

    username: str
    password: str = field(repr=False)
    kind: AccountKind
    agency_code: str
    agency_name: str
    citizen: Citizen | None

    def new_account(self, *, names_person: bool = True) -> NewAccount:
        """For `accounts.provision`. Without `names_person` it opens for whoever verifies first."""
        expected = self.citizen is not None and names_person
        return NewAccount(
            username=self.username,
            password=self.password,
            kind=self.kind,
            agency_code=self.agency_code,
            agency_name=self.agency_name,
            province="สมมติบุรี",
            person=(
                Expected(self.citizen.national_id)
                if self.citizen and expected
                else FirstUse(needs_approval=self.citizen is None)
            ),
            contact=f"office.{self.agency_code}@example.go.th",
        )


ISSUED = (
    Issued(
        username="lao-9900101",
        password="letter-9900101-pqkw",  # noqa: S106 - invented, and good for the demonstration alone
        kind=AccountKind.LOCAL_GOVERNMENT,
        agency_code="9900101",
        agency_name="เทศบาลตำบลสมมติ จังหวัดสมมติบุรี",
        citizen=OFFICER,
    ),
    Issued(
        username="plo-9900000",
        password="letter-9900000-trvx",  # noqa: S106
        kind=AccountKind.PROVINCIAL_OFFICE,
        agency_code="9900000",
        agency_name="สำนักงานส่งเสริมการปกครองท้องถิ่นจังหวัดสมมติบุรี",
        citizen=COLLEAGUE,
    ),
    Issued(
        username="sub-9900102",
        password="letter-9900102-hjmn",  # noqa: S106
        kind=AccountKind.SUBORDINATE_AGENCY,
        agency_code="9900102",
        agency_name="ศูนย์พัฒนาเด็กเล็กสมมติ เทศบาลตำบลสมมติ",
        citizen=None,
    ),
)
"""Two name their person, one opens for whoever verifies first."""
