from django.urls import path

from evaluations.record import views

app_name = "record"
urlpatterns = [
    path("", views.draft, name="draft"),
    path("state/", views.state, name="state"),
    path("ask/", views.ask, name="ask"),
    path("<int:draft_id>/<str:kind>/", views.download, name="download"),
]
