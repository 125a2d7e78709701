from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from evaluations.api.problems import in_words
from evaluations.api.views import api

app_name = "api"

_offered = {str(each.pattern): each for each in api.urls[0] if isinstance(each, URLPattern) and each.name != "api-root"}
_views = {
    route: require_safe(each.callback) if each.name == "openapi-json" else each.callback
    for route, each in _offered.items()
}
urlpatterns = [path(route, in_words(_views[route]), name=each.name) for route, each in _offered.items()]
