from django.urls import path

from evaluations.decision import views, views_moves, views_parts

app_name = "decision"
urlpatterns = [
    path("", views.index, name="index"),
    path("moves/", views.moves, name="moves"),
    path("grounds/", views.grounds, name="grounds"),
    path("choose/", views.choose, name="choose"),
    path("trade-offs/add/", views_parts.add_trade_off, name="add_trade_off"),
    path("trade-offs/offers/<int:criterion_id>/accept/", views_parts.accept_offer, name="accept_offer"),
    path("trade-offs/offers/<int:criterion_id>/leave-out/", views_parts.leave_out_offer, name="leave_out_offer"),
    path("trade-offs/<int:trade_off_id>/edit/", views_parts.edit_trade_off, name="edit_trade_off"),
    path("trade-offs/<int:trade_off_id>/leave-out/", views_parts.leave_out_trade_off, name="leave_out_trade_off"),
    path("forecasts/add/", views_parts.add_forecast, name="add_forecast"),
    path("forecasts/<int:forecast_id>/edit/", views_parts.edit_forecast, name="edit_forecast"),
    path("forecasts/<int:forecast_id>/remove/", views_parts.remove_forecast, name="remove_forecast"),
    path("forecasts/<int:forecast_id>/actual/", views_parts.enter_actual, name="enter_actual"),
    path("propose/", views_moves.propose, name="propose"),
    path("take-back/", views_moves.take_back, name="take_back"),
    path("decide/", views_moves.decide, name="decide"),
    path("archive/", views_moves.archive, name="archive"),
    path("bring-back/", views_moves.bring_back, name="bring_back"),
    path("revisit/", views_moves.revisit, name="revisit"),
    path("succeed/", views_moves.succeed, name="succeed"),
]
