"""Every package's URLs, each under its own word."""

from django.urls import include, path

urlpatterns = [
    # Not "live/": a proxy hands that whole path to the live process.
    path("listen/", include("evaluations.live.urls")),
    path("", include("evaluations.candidates.urls")),
    path("evaluations/<int:evaluation_id>/assignments/", include("evaluations.assignments.urls")),
    path("teams/", include("evaluations.teams.urls")),
]
