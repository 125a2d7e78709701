from django.urls import path

from evaluations.spikes import views, views_compare, views_files, views_scores

app_name = "spikes"
urlpatterns = [
    path("", views.index, name="index"),
    path("workloads/", views.workloads, name="workloads"),
    path("workloads/add/", views.add_workload, name="add_workload"),
    path("workloads/<int:workload_id>/edit/", views.edit_workload, name="edit_workload"),
    path("workloads/<int:workload_id>/remove/", views.remove_workload, name="remove_workload"),
    path("workloads/<int:workload_id>/kit/", views.kit, name="kit"),
    path("results/", views.results, name="results"),
    path("scores/", views.scores, name="scores"),
    path("compare/", views_compare.compare, name="compare"),
    path("compare/tie_ratio/", views_compare.tie_ratio, name="tie_ratio"),
    path("files/", views_files.listed, name="files"),
    path("files/upload/", views_files.upload, name="upload"),
    path("files/<int:file_id>/", views_files.page, name="file"),
    path("files/<int:file_id>/state/", views_files.state, name="state"),
    path("files/<int:file_id>/download/", views_files.download, name="download"),
    path("files/<int:file_id>/cancel/", views_files.cancel, name="cancel"),
    path("files/<int:file_id>/read_again/", views_files.read_again, name="read_again"),
    path("runs/<int:run_id>/", views_files.run, name="run"),
    path("runs/<int:run_id>/facts/", views_compare.facts, name="facts"),
    path("runs/<int:run_id>/sampled/", views_files.sampled, name="sampled"),
    path("runs/<int:run_id>/let_count/", views_compare.let_count, name="let_count"),
    path("runs/<int:run_id>/leave_out/", views_files.leave_out, name="leave_out"),
    path("runs/<int:run_id>/take_in/", views_files.take_in, name="take_in"),
    path("scores/<int:criterion_id>/edit/", views_scores.edit, name="edit_score"),
]
