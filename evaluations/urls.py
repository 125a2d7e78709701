"""Every package's URLs, each under its own word."""

from django.urls import include, path

urlpatterns = [
    # Not "live/": a proxy hands that whole path to the live process.
    path("listen/", include("evaluations.live.urls")),
    path("api/v1/", include("evaluations.api.urls")),
    path("", include("evaluations.candidates.urls")),
    path("evaluations/<int:evaluation_id>/assignments/", include("evaluations.assignments.urls")),
    path("evaluations/<int:evaluation_id>/requirements/", include("evaluations.requirements.urls")),
    path("evaluations/<int:evaluation_id>/rounds/", include("evaluations.rounds.urls")),
    path("evaluations/<int:evaluation_id>/workshop/", include("evaluations.workshop.urls")),
    path("evaluations/<int:evaluation_id>/checklist/", include("evaluations.checklist.urls")),
    path("evaluations/<int:evaluation_id>/spikes/", include("evaluations.spikes.urls")),
    path("evaluations/<int:evaluation_id>/ecosystem/", include("evaluations.ecosystem.urls")),
    path("evaluations/<int:evaluation_id>/teamfit/", include("evaluations.teamfit.urls")),
    path("evaluations/<int:evaluation_id>/readiness/", include("evaluations.readiness.urls")),
    path("evaluations/<int:evaluation_id>/decision/", include("evaluations.decision.urls")),
    path("evaluations/<int:evaluation_id>/legacy/", include("evaluations.legacy.urls")),
    path("evaluations/<int:evaluation_id>/record/", include("evaluations.record.urls")),
    path("evaluations/<int:evaluation_id>/signoff/", include("evaluations.signoff.urls")),
    path("", include("evaluations.matrix.urls")),
    path("", include("evaluations.history.urls")),
    path("", include("evaluations.overview.urls")),
    path("evaluations/<int:evaluation_id>/scoring/", include("evaluations.scoring.urls")),
    path("teams/", include("evaluations.teams.urls")),
]
