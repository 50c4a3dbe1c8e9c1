"""The portal's only page of its own, which officers alone see; and those of the library."""

from django.http import HttpResponse
from django.urls import include, path

from elaas_identity.django import OfficerRequest, officer_required


@officer_required
def home(request: OfficerRequest) -> HttpResponse:
    return HttpResponse(request.officer.person.display_name)


urlpatterns = [path("", home), path("", include("elaas_identity.django.urls"))]
