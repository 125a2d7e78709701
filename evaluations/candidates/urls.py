from django.urls import path

from evaluations.candidates import door_views, views

app_name = "candidates"
HERE = "evaluations/<int:evaluation_id>/candidates/"
urlpatterns = [
    path("teams/<int:team_id>/evaluations/new/", views.create, name="create"),
    path(HERE, views.page, name="page"),
    path(f"{HERE}cards/", views.cards, name="cards"),
    path(f"{HERE}describe/", views.describe, name="describe"),
    path(f"{HERE}add/", views.add, name="add"),
    path(f"{HERE}reorder/", views.reorder, name="reorder"),
    path(f"{HERE}<int:candidate_id>/edit/", views.edit, name="edit"),
    path(f"{HERE}<int:candidate_id>/withdraw/", views.withdraw, name="withdraw"),
    path(f"{HERE}door/", door_views.join_link, name="join_link"),
    path(f"{HERE}door/waiting/", door_views.waiting, name="waiting"),
    path(f"{HERE}door/open/", door_views.open_door, name="open_door"),
    path(f"{HERE}door/close/", door_views.close_door, name="close_door"),
    path(f"{HERE}door/<int:request_id>/admit/", door_views.admit, name="admit"),
    path(f"{HERE}door/<int:request_id>/refuse/", door_views.refuse, name="refuse"),
    path(f"{HERE}guests/<int:guest_id>/end/", door_views.end_guest, name="end_guest"),
    path("join/<str:token>/", door_views.join, name="join"),
    path("join/<str:token>/waiting/", door_views.wait, name="wait"),
]
