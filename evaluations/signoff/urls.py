from django.urls import path

from evaluations.signoff import views

app_name = "signoff"
urlpatterns = [
    path("progress/", views.progress, name="progress"),
    path("points/<int:point_id>/settle/", views.settle, name="settle"),
    path("<slug:phase>/", views.phase, name="phase"),
    path("<slug:phase>/state/", views.state, name="state"),
    path("<slug:phase>/news/", views.news, name="news"),
    path("<slug:phase>/sign/", views.sign, name="sign"),
    path("<slug:phase>/approve-alone/", views.approve_alone, name="approve_alone"),
    path("<slug:phase>/changes/request/", views.request_changes, name="request_changes"),
    path("<slug:phase>/not-applicable/set/", views.set_not_applicable, name="set_not_applicable"),
    path("<slug:phase>/not-applicable/lift/", views.set_applicable, name="set_applicable"),
]
