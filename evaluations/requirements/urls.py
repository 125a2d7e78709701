from django.urls import path

from evaluations.requirements import views, views_costs, views_criteria, views_pairs, views_weights

app_name = "requirements"
urlpatterns = [
    path("", views.index, name="index"),
    path("board/", views.board, name="board"),
    path("add/", views.add, name="add"),
    path("<int:requirement_id>/edit/", views.edit, name="edit"),
    path("<int:requirement_id>/remove/", views.remove, name="remove"),
    path("votes/cast/", views.vote, name="vote"),
    path("top/set/", views.set_top, name="set_top"),
    path("criteria/", views_criteria.page, name="criteria"),
    path("criteria/list/", views_criteria.listed, name="criteria_list"),
    path("criteria/library/", views_criteria.library, name="library"),
    path("criteria/add/", views_criteria.add_known, name="add_criteria"),
    path("criteria/own/add/", views_criteria.add_own, name="add_own_criterion"),
    path("criteria/order/", views_criteria.order, name="order_criteria"),
    path("criteria/<int:criterion_id>/edit/", views_criteria.edit, name="edit_criterion"),
    path("criteria/<int:criterion_id>/remove/", views_criteria.remove, name="remove_criterion"),
    path("costs/", views_costs.costs, name="costs"),
    path("weights/pairs/", views_pairs.consistency, name="pairs"),
    path("weights/", views_weights.page, name="weights"),
    path("weights/own/", views_weights.own, name="own"),
    path("weights/team/", views_weights.team, name="team_weights"),
    path("weights/give/", views_weights.give, name="give_weights"),
    path("weights/agree/", views_weights.agree, name="agree_weights"),
]
