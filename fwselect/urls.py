"""Every URL of the product; the packages' own URLs are gathered in `evaluations.urls`."""

from allauth.account import urls as account_urls
from allauth.socialaccount import urls as social_urls
from django.urls import include, path

from fwselect.ops import urls as ops_urls

NOT_OFFERED = {"account_email"}
"""An address comes with an invitation: nobody, a workshop's guest least of all, gives themselves another."""

SINGLE_SIGN_ON_OFFERS = {"socialaccount_login_cancelled"}

urlpatterns = [
    path("", include("evaluations.urls")),
    path("accounts/", include([page for page in account_urls.urlpatterns if page.name not in NOT_OFFERED])),
    path("accounts/mfa/", include("allauth.mfa.urls")),
    path("accounts/", include("allauth.socialaccount.providers.openid_connect.urls")),
    path("accounts/oidc/", include([page for page in social_urls.urlpatterns if page.name in SINGLE_SIGN_ON_OFFERS])),
    *ops_urls.urlpatterns,
]

handler400 = "fwselect.ops.error_pages.bad_request"
handler403 = "fwselect.ops.error_pages.forbidden"
handler404 = "fwselect.ops.error_pages.not_found"
handler500 = "fwselect.ops.error_pages.server_error"
