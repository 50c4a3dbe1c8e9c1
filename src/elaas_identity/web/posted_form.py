"""The fields of a form, as a browser posts them."""

from __future__ import annotations

from urllib.parse import parse_qsl

from elaas_identity._discreet import discreet
from elaas_identity.web.exchange import MAXIMUM_BODY, WebRequest


@discreet
def posted_form(request: WebRequest) -> dict[str, str] | None:
    """The form's fields, or None where it is no form of ours: another type, too large, not UTF-8, a field twice."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/x-www-form-urlencoded" or len(request.body) > MAXIMUM_BODY:
        return None
    try:
        fields = parse_qsl(
            request.body.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict"
        )
    except ValueError:
        return None
    form = dict(fields)
    return form if len(form) == len(fields) else None
