from django.urls import path

from evaluations.overview import views

app_name = "overview"
urlpatterns = [
    path("", views.home, name="home"),
    path("teams/<int:team_id>/", views.team, name="team"),
    path("evaluations/<int:evaluation_id>/", views.evaluation, name="evaluation"),
    path("evaluations/<int:evaluation_id>/changes/", views.changes, name="changes"),
    path("evaluations/<int:evaluation_id>/rail/", views.rail, name="rail"),
    path("teams/<int:team_id>/rail/", views.team_rail, name="team_rail"),
]
