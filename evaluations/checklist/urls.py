from django.urls import path

from evaluations.checklist import views

app_name = "checklist"
urlpatterns = [
    path("items/<int:item_id>/set/", views.set_state, name="set_state"),
    path("<slug:phase>/", views.phase, name="phase"),
    path("<slug:phase>/items/", views.items, name="items"),
    path("<slug:phase>/items/add/", views.add, name="add"),
]
