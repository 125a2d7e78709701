from django.urls import path

from evaluations.readiness import views, views_scores, views_stories, views_tests

app_name = "readiness"
urlpatterns = [
    path("", views.index, name="index"),
    path("table/", views.table, name="table"),
    path("answers/<int:item_id>/<int:candidate_id>/", views.answer, name="answer"),
    path("stories/", views_stories.listed, name="stories"),
    path("stories/add/", views_stories.add, name="add_story"),
    path("stories/<int:story_id>/edit/", views_stories.edit, name="edit_story"),
    path("stories/<int:story_id>/remove/", views_stories.remove, name="remove_story"),
    path("tests/", views_tests.listed, name="tests"),
    path("tests/add/", views_tests.add, name="add_test"),
    path("tests/send/", views_tests.send, name="send_tests"),
    path("tests/schema/", views_tests.schema, name="schema"),
    path("tests/<int:test_id>/", views_tests.test, name="test"),
    path("tests/<int:test_id>/edit/", views_tests.edit, name="edit_test"),
    path("tests/<int:test_id>/remove/", views_tests.remove, name="remove_test"),
    path("scores/", views_scores.listed, name="scores"),
    path("scores/<int:criterion_id>/edit/", views_scores.edit, name="edit_score"),
]
