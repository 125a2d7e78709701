"""Every package's URLs, each under its own word."""

from django.urls import include, path

urlpatterns = [
    path("teams/", include("evaluations.teams.urls")),
]
