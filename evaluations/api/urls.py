from django.urls import URLPattern, path

from evaluations.api.problems import in_words
from evaluations.api.views import api

app_name = "api"

_offered = {str(each.pattern): each for each in api.urls[0] if isinstance(each, URLPattern) and each.name != "api-root"}
urlpatterns = [path(route, in_words(each.callback), name=each.name) for route, each in _offered.items()]
