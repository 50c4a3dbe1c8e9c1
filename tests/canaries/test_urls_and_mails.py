"""No canary is in a URL, and in a mail none but its one-time code (R7.2)."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from elaas_identity.testing.secrecy import found
from tests.canaries.watched import Watched


def test_r7_2_urls_carry_state_and_nonce_and_nothing_else(watched: Watched) -> None:
    """A URL is in histories, proxies' logs and referrers."""
    assert len(watched.urls) > 8
    for url in watched.urls:
        query = parse_qs(urlsplit(url).query)
        # By protocol: state and nonce as they are, and the verifier's hash as the challenge (RFC 7636).
        mine = {query.pop(name)[0] for name in ("state", "nonce", "code_challenge")}
        rest = url
        for value in mine:
            assert 1 == rest.count(value)
            rest = rest.replace(value, "")
        assert [] == found(watched.secrets, rest.encode())
        assert {"S256"} == set(query["code_challenge_method"])
    for endpoint in ("token", "revoke", "jwks"):
        request = watched.thaid.last(endpoint)
        assert request is not None
        assert [] == found(watched.secrets, request.url.encode())


def test_r7_2_a_mail_carries_its_code_and_no_other_secret(watched: Watched) -> None:
    """A mailbox, often shared, would hold more than the code that it proves."""
    hidden = {
        name: secret
        for name, secret in watched.secrets.items()
        if "code" not in name and "e-mail" not in name and name not in ("contact", *watched.names)
    }
    assert 20 < len(watched.smtp.mails)
    for mail in watched.smtp.mails:
        text = str(mail.message["subject"]) + "".join(
            str(part.get_content()) for part in mail.message.walk() if not part.is_multipart()
        )
        assert [] == found(hidden, text.encode())
        assert [] == found(watched.codes, str(mail.message["subject"]).encode())
