from django.urls import path

from evaluations.teams import views, views_tokens

app_name = "teams"
urlpatterns = [
    path("new/", views.create, name="create"),
    path("account/", views.account, name="account"),
    path("account/name/set/", views.set_name, name="set_name"),
    path("demo/sign-in/", views.demo_sign_in, name="demo_sign_in"),
    path("start/<str:token>/", views.start, name="start"),
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    path("invitation/<str:token>/accept/", views.accept_invitation, name="accept_invitation"),
    path("invitation/<str:token>/sign-up/", views.sign_up, name="sign_up"),
    path("<int:team_id>/members/", views.page, name="page"),
    path("<int:team_id>/members/list/", views.members, name="members"),
    path("<int:team_id>/name/set/", views.rename, name="rename"),
    path("<int:team_id>/profile/set/", views.set_profile, name="set_profile"),
    path("<int:team_id>/invitations/make/", views.invite, name="invite"),
    path("<int:team_id>/invitations/<int:invitation_id>/revoke/", views.revoke_invitation, name="revoke_invitation"),
    path("<int:team_id>/members/<int:membership_id>/role/set/", views.change_role, name="change_role"),
    path("<int:team_id>/members/<int:membership_id>/rates/set/", views.set_rates, name="set_rates"),
    path("<int:team_id>/members/<int:membership_id>/remove/", views.remove_member, name="remove_member"),
    path("<int:team_id>/tokens/", views_tokens.page, name="tokens"),
    path("<int:team_id>/tokens/make/", views_tokens.make, name="make_token"),
    path("<int:team_id>/tokens/<int:token_id>/revoke/", views_tokens.revoke, name="revoke_token"),
    path("<int:team_id>/leave/", views.leave, name="leave"),
]
