from django.urls import path

from evaluations.legacy import views

app_name = "legacy"
urlpatterns = [
    path("<int:candidate_id>/", views.index, name="index"),
    path("<int:candidate_id>/plan/", views.plan, name="plan"),
    path("<int:candidate_id>/describe/", views.describe, name="describe"),
    path("<int:candidate_id>/increments/add/", views.add, name="add"),
    path("<int:candidate_id>/increments/order/", views.order, name="order"),
    path("<int:candidate_id>/increments/<int:increment_id>/edit/", views.edit, name="edit"),
    path("<int:candidate_id>/increments/<int:increment_id>/remove/", views.remove, name="remove"),
]
