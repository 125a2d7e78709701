"""The operations of the API. Each is one call into the domain, then its answer or its refusal."""

from collections.abc import Sequence
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import File, Form, Header, NinjaAPI, Query, Status, UploadedFile
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

from evaluations.api import actions, queries, schemas
from evaluations.api.access import NO_TOKEN, ByToken, TooManyRequests, evaluation_of
from evaluations.api.problems import MEDIA_TYPE, problem
from evaluations.spikes.bundling import Parcel
from evaluations.spikes.sending import Sent, send
from evaluations.teams.access import Refused
from evaluations.teams.tokens import TokenUnusable

ABOUT = """What a pipeline needs to send result files and to learn what became of them.

Send a token of the team in the header `Authorization: Bearer fws_...`; a lead makes one on the team's page. Moments
are UTC, durations seconds, latencies milliseconds; null is "not known", never 0. Refusals are problem documents
(RFC 9457) whose `detail` says what to do next."""
MOST_IDS = 100
MOST_FILES = 50
REFUSALS = {400: schemas.Problem, 401: schemas.Problem, 403: schemas.Problem, 429: schemas.Problem}
NOT_THERE = {404: schemas.Problem, 422: schemas.Problem}

Key = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class NothingTaken(Exception):
    """Every file that was sent was refused."""

    def __init__(self, sent: Sequence[Sent]) -> None:
        super().__init__("None of the files could be taken.")
        self.sent = sent


class Api(NinjaAPI):
    """Says in its description that refusals are problem documents, and which headers answers carry."""

    described: Any = None

    def get_openapi_schema(self, **given: Any) -> Any:
        """The same for everybody as long as the process lives, so it is worked out once."""
        if self.described is None:
            self.described = self._described(**given)
        return self.described

    def _described(self, **given: Any) -> Any:
        given["path_prefix"] = given.get("path_prefix") or reverse("api:token").removesuffix("token")
        described = super().get_openapi_schema(**given)
        for operations in described["paths"].values():
            for operation in operations.values():
                for status, answer in operation["responses"].items():
                    _describe(int(status), answer)
        return described


def _describe(status: int, answer: dict[str, Any]) -> None:
    if status >= 400 and "application/json" in answer.get("content", {}):
        answer["content"][MEDIA_TYPE] = answer["content"].pop("application/json")
    headers = {429: "Retry-After", 202: "Location"}
    if status in headers:
        kind = "integer" if status == 429 else "string"
        answer["headers"] = {headers[status]: {"required": True, "schema": {"type": kind}}}


api = Api(title="fwselect", version="1.0.0", description=ABOUT, urls_namespace="api", docs_url=None)


@api.get(
    "/token",
    url_name="token",
    operation_id="token",
    summary="Whose token this is",
    auth=ByToken("read", "upload"),
    response={200: schemas.TokenOut, **REFUSALS},
)
def token(request: HttpRequest) -> Any:
    return queries.token_out(request.auth)


@api.get(
    "/evaluations",
    url_name="evaluations",
    operation_id="evaluations",
    summary="The team's evaluations, newest first",
    auth=ByToken("read", "upload"),
    response={200: list[schemas.EvaluationOut], **REFUSALS},
)
def evaluations(request: HttpRequest) -> Any:
    return queries.evaluations_of(request, request.auth.team)


@api.get(
    "/evaluations/{int:evaluation_id}",
    url_name="evaluation",
    operation_id="evaluation",
    summary="One evaluation, with what its runs say side by side",
    auth=ByToken("read"),
    response={200: schemas.SummaryOut, **REFUSALS, **NOT_THERE},
)
def evaluation(request: HttpRequest, evaluation_id: int) -> Any:
    return queries.summary_of(request, evaluation_of(request.auth, evaluation_id))


@api.get(
    "/evaluations/{int:evaluation_id}/candidates",
    url_name="candidates",
    operation_id="candidates",
    summary="The candidates that stand",
    auth=ByToken("read", "upload"),
    response={200: list[schemas.CandidateOut], **REFUSALS, **NOT_THERE},
)
def candidates(request: HttpRequest, evaluation_id: int) -> Any:
    return queries.candidates_out(evaluation_of(request.auth, evaluation_id))


@api.get(
    "/evaluations/{int:evaluation_id}/workloads",
    url_name="workloads",
    operation_id="workloads",
    summary="The workloads, with their fingerprints",
    auth=ByToken("read", "upload"),
    response={200: list[schemas.WorkloadOut], **REFUSALS, **NOT_THERE},
)
def workloads(request: HttpRequest, evaluation_id: int) -> Any:
    return queries.workloads_out(evaluation_of(request.auth, evaluation_id))


@api.get(
    "/evaluations/{int:evaluation_id}/runs",
    url_name="files",
    operation_id="files",
    summary="Result files, newest first, with the runs in them",
    auth=ByToken("read", "upload"),
    response={200: schemas.FilesOut, **REFUSALS, **NOT_THERE},
)
def files(
    request: HttpRequest,
    evaluation_id: int,
    id: Annotated[list[Id], Query(max_length=MOST_IDS)] = [],  # noqa: B006  as in the address; never changed
    before: Annotated[Id | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Any:
    found = evaluation_of(request.auth, evaluation_id)
    return queries.files_out(request, found, ids=id, before=before, limit=limit)


@api.get(
    "/evaluations/{int:evaluation_id}/runs/{int:file_id}",
    url_name="file",
    operation_id="file",
    summary="One result file: how far it is, and the runs in it",
    auth=ByToken("read", "upload"),
    response={200: schemas.FileOut, **REFUSALS, **NOT_THERE},
)
def file(request: HttpRequest, evaluation_id: int, file_id: int) -> Any:
    return queries.file_out(request, evaluation_of(request.auth, evaluation_id), file_id)


@api.post(
    "/evaluations/{int:evaluation_id}/runs",
    url_name="files",
    operation_id="send",
    summary="Send result files, up to 50 at once; those of one run become one",
    auth=ByToken("upload"),
    response={202: schemas.ReceiptOut, **REFUSALS, **NOT_THERE},
)
def send_files(
    request: HttpRequest,
    response: HttpResponse,
    evaluation_id: int,
    files: Annotated[
        list[UploadedFile], File(min_length=1, max_length=MOST_FILES, description="The files as their tools wrote them")
    ],
    candidate: Annotated[schemas.Text, Form(description="Name or id of the candidate")],
    workload: Annotated[schemas.Text, Form(description="Fingerprint, name or id of the workload")],
    provenance: Annotated[str, Form(max_length=160, description="Host and date, for whoever reads the record")] = "",
    idempotency_key: Annotated[Key | None, Header(alias="Idempotency-Key")] = None,
) -> Any:
    token, found = request.auth, evaluation_of(request.auth, evaluation_id)
    whose, under = queries.candidate_named(found, candidate), queries.workload_named(found, workload)
    at, origin = timezone.now(), provenance.strip() or f"sent with the token {token.name}"

    def work() -> dict[str, Any]:
        parcels = [(Parcel(each, each.name or ""), whose) for each in files]
        sent = send(evaluation=found, workload=under, parcels=parcels, provenance=origin, by=token.created_by, at=at)
        if all(each.is_refused for each in sent):
            raise NothingTaken(sent)
        return queries.receipt(request, found, sent)

    words = [str(found.pk), str(whose.pk), str(under.pk), provenance]
    digest = actions.digest_of(words, [(each.name or "", each) for each in files]) if idempotency_key else ""
    answer = actions.once(token=token, evaluation=found, key=idempotency_key or "", digest=digest, at=at, work=work)
    response["Location"] = answer["status_url"]
    return Status(202, answer)


@api.exception_handler(AuthenticationError)
def no_token(request: HttpRequest, refusal: AuthenticationError) -> HttpResponse:
    return problem(request, 401, NO_TOKEN, WWW_Authenticate="Bearer")


@api.exception_handler(TokenUnusable)
def unusable_token(request: HttpRequest, refusal: TokenUnusable) -> HttpResponse:
    return problem(request, 401, refusal.reason, WWW_Authenticate='Bearer error="invalid_token"')


@api.exception_handler(TooManyRequests)
def too_many_requests(request: HttpRequest, refusal: TooManyRequests) -> HttpResponse:
    return problem(request, 429, str(refusal), Retry_After=str(refusal.wait_s))


@api.exception_handler(Refused)
def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    return problem(request, 403, refusal.reason)


@api.exception_handler(Http404)
def not_there(request: HttpRequest, refusal: Http404) -> HttpResponse:
    return problem(request, 404, str(refusal) or "Nothing here.")


@api.exception_handler(HttpError)
def not_readable(request: HttpRequest, refusal: HttpError) -> HttpResponse:
    return problem(request, refusal.status_code, str(refusal))


@api.exception_handler(ValidationError)
def not_valid(request: HttpRequest, refusal: ValidationError) -> HttpResponse:
    errors = [
        {"field": ".".join(str(part) for part in each["loc"][1:]), "message": each["msg"]} for each in refusal.errors
    ]
    return problem(request, 422, "Some of what was sent can't be used; `errors` says which.", errors=errors)


@api.exception_handler(actions.OtherContent)
def other_content(request: HttpRequest, refusal: actions.OtherContent) -> HttpResponse:
    return problem(request, 422, str(refusal), errors=[{"field": "Idempotency-Key", "message": str(refusal)}])


@api.exception_handler(NothingTaken)
def nothing_taken(request: HttpRequest, refusal: NothingTaken) -> HttpResponse:
    errors = [{"field": "files", "message": f"{each.name}: {each.says}"} for each in refusal.sent]
    return problem(request, 422, str(refusal), errors=errors)
