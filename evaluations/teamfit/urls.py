from django.urls import path

from evaluations.teamfit import views, views_attempts, views_reviews, views_scores

app_name = "teamfit"
urlpatterns = [
    path("", views.index, name="index"),
    path("exercise/", views.exercise, name="exercise"),
    path("exercise/edit/", views.edit_exercise, name="edit_exercise"),
    path("own/", views_attempts.own, name="own"),
    path("own/<int:candidate_id>/", views_attempts.attempt, name="attempt"),
    path("own/<int:candidate_id>/start/", views_attempts.start, name="start"),
    path("own/<int:candidate_id>/stop/", views_attempts.stop, name="stop"),
    path("reviews/", views_reviews.listed, name="reviews"),
    path("reviews/<int:attempt_id>/", views_reviews.review, name="review"),
    path("results/", views.results, name="results"),
    path("scores/", views_scores.listed, name="scores"),
    path("scores/<int:criterion_id>/edit/", views_scores.edit, name="edit_score"),
]
