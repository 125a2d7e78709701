from django.urls import path

from evaluations.ecosystem import views, views_needs, views_scores

app_name = "ecosystem"
urlpatterns = [
    path("", views.index, name="index"),
    path("table/", views.table, name="table"),
    path("packages/<int:need_id>/<int:candidate_id>/", views.package, name="package"),
    path("needs/add/", views_needs.add, name="add_need"),
    path("needs/<int:need_id>/edit/", views_needs.edit, name="edit_need"),
    path("needs/<int:need_id>/remove/", views_needs.remove, name="remove_need"),
    path("scores/", views_scores.listed, name="scores"),
    path("scores/<int:criterion_id>/edit/", views_scores.edit, name="edit_score"),
]
