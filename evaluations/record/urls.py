from django.urls import path

from evaluations.record import views, views_final

app_name = "record"
urlpatterns = [
    path("", views.draft, name="draft"),
    path("state/", views.state, name="state"),
    path("ask/", views.ask, name="ask"),
    path("final/", views_final.final, name="final"),
    path("final/state/", views_final.final_state, name="final_state"),
    path("final/print/", views_final.print_final, name="print_final"),
    path("final/verify/", views_final.verify, name="verify"),
    path("final/files/<str:kind>/", views_final.final_file, name="final_file"),
    path("<int:draft_id>/<str:kind>/", views.download, name="download"),
]
