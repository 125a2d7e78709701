from django.urls import path

from evaluations.history import views

app_name = "history"
urlpatterns = [
    path("evaluations/<int:evaluation_id>/history/", views.page, name="page"),
    path("evaluations/<int:evaluation_id>/history/verify/", views.verify, name="verify"),
    path("teams/<int:team_id>/history/", views.team, name="team"),
    path("teams/<int:team_id>/history/verify/", views.verify_team, name="verify_team"),
]
