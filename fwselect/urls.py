"""Every URL of the product; the packages' own URLs are gathered in `evaluations.urls`."""

from django.urls import include, path

from fwselect.ops import urls as ops_urls

urlpatterns = [
    path("", include("evaluations.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/mfa/", include("allauth.mfa.urls")),
    *ops_urls.urlpatterns,
]

handler400 = "fwselect.ops.error_pages.bad_request"
handler403 = "fwselect.ops.error_pages.forbidden"
handler404 = "fwselect.ops.error_pages.not_found"
handler500 = "fwselect.ops.error_pages.server_error"
