from django.urls import path

from evaluations.assignments import views

app_name = "assignments"
urlpatterns = [
    path("assign/", views.assign, name="assign"),
    path("<int:assignment_id>/finish/", views.finish, name="finish"),
]
