from django.urls import path

from evaluations.matrix import views

app_name = "matrix"

urlpatterns = [
    path("evaluations/<int:evaluation_id>/matrix/", views.page, name="page"),
    path("evaluations/<int:evaluation_id>/matrix/changes/", views.changes, name="changes"),
    path("evaluations/<int:evaluation_id>/matrix/csv/", views.download, name="csv"),
]
