from django.urls import path

from evaluations.live import views

app_name = "live"
urlpatterns = [path("ticket/<int:log_id>/", views.ticket, name="ticket")]
