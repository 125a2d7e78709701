from django.urls import path

from evaluations.rounds import views

app_name = "rounds"
urlpatterns = [
    path("<str:subject>/open/", views.open_round, name="open"),
    path("<int:round_id>/reveal/", views.reveal, name="reveal"),
    path("<int:round_id>/finish/", views.finish, name="finish"),
]
