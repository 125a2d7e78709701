from django.urls import path

from evaluations.scoring import views, views_agenda, views_cell, views_verdicts

app_name = "scoring"
CELL = "cells/<int:candidate_id>/<int:criterion_id>/"
urlpatterns = [
    path("sheet/", views.sheet, name="sheet"),
    path("sheet/progress/", views.progress, name="progress"),
    path("sheet/<int:candidate_id>/<int:criterion_id>/rate/", views.rate, name="rate"),
    path("sheet/<int:candidate_id>/<int:criterion_id>/clear/", views.clear, name="clear"),
    path("agenda/", views_agenda.page, name="agenda"),
    path("agenda/topics/", views_agenda.topics, name="topics"),
    path(CELL, views_cell.cell, name="cell"),
    path(f"{CELL}facts/", views_cell.facts, name="facts"),
    path(f"{CELL}set/", views_cell.set_score, name="set"),
    path(f"{CELL}evidence/add/", views_cell.add_evidence, name="add_evidence"),
    path("evidence/<int:evidence_id>/remove/", views_cell.remove_evidence, name="remove_evidence"),
    path("evidence/<int:evidence_id>/file/", views_cell.file, name="file"),
    path("criteria/<int:criterion_id>/basis/set/", views_cell.basis, name="basis"),
    path("verdicts/", views_verdicts.page, name="verdicts"),
    path("verdicts/table/", views_verdicts.table, name="verdict_table"),
    path(
        "verdicts/<int:requirement_id>/<int:candidate_id>/evidence/", views_verdicts.evidence, name="verdict_evidence"
    ),
    path("verdicts/<int:requirement_id>/<int:candidate_id>/set/", views_verdicts.set_verdict, name="set_verdict"),
]
