from django.urls import path

from evaluations.workshop import views

app_name = "workshop"
urlpatterns = [
    path("", views.index, name="index"),
    path("now/", views.now, name="now"),
    path("bar/", views.bar, name="bar"),
    path("projector/", views.projector, name="projector"),
    path("projector/screen/", views.screen, name="screen"),
    path("start/", views.start, name="start"),
    path("clock/<str:push>/", views.steer, name="steer"),
]
