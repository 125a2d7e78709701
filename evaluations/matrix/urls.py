from django.urls import path

from evaluations.matrix import views, views_tabs, views_what_if

app_name = "matrix"
HERE = "evaluations/<int:evaluation_id>/matrix/"

urlpatterns = [
    path(HERE, views.page, name="page"),
    path(f"{HERE}changes/", views.changes, name="changes"),
    path(f"{HERE}csv/", views.download, name="csv"),
    path(f"{HERE}sensitivity/", views_tabs.sensitivity_tab, name="sensitivity"),
    path(f"{HERE}robustness/", views_tabs.robustness_tab, name="robustness"),
    path(f"{HERE}trade-offs/", views_tabs.trade_offs_tab, name="trade_offs"),
    path(f"{HERE}members/", views_tabs.members_tab, name="members"),
    path(f"{HERE}cross-checks/", views_tabs.cross_checks, name="cross_checks"),
    path(f"{HERE}<slug:tab>/<slug:key>/csv/", views_tabs.figure_csv, name="figure_csv"),
    path(f"{HERE}what-if/", views_what_if.what_if, name="what_if"),
    path(f"{HERE}what-if/keep/", views_what_if.keep, name="keep"),
    path(f"{HERE}what-if/propose/", views_what_if.propose, name="propose"),
]
