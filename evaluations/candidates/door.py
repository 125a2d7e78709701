"""The workshop's door: a link for today, names that ask to come in, a lead who admits them."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from evaluations.audit.actions import Entry, writing
from evaluations.audit.announcing import announce_revocation
from evaluations.candidates.access import check_can, check_is_writable
from evaluations.candidates.models import Evaluation, GuestAccess, JoinLink, JoinRequest
from evaluations.candidates.queries import people_who
from evaluations.teams.access import Capability, Refused
from evaluations.teams.models import Person

SHORTEST = timedelta(hours=4)
WAITING_AT_ONCE = 60


class DoorClosed(Refused):
    def __init__(self) -> None:
        super().__init__("This link is closed or out of date. Ask the lead of the workshop for a new one.")


class DoorCrowded(Refused):
    def __init__(self) -> None:
        super().__init__("Too many names are waiting already. Ask the lead to admit or refuse some of them.")


class GuestNameTaken(ValueError):
    """Names tell people apart in a workshop, so each is used once."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Somebody called {name} is here already. Add a letter or a word, so that you can be told apart."
        )


class AlreadyInside(Refused):
    def __init__(self) -> None:
        super().__init__("You take part in this evaluation already.")


class AlreadyEnded(Refused):
    def __init__(self) -> None:
        super().__init__("This guest's access ended already.")


class AlreadyAnswered(Refused):
    """Somebody else admitted or refused this name first; `join_request` says what they did."""

    def __init__(self, join_request: JoinRequest) -> None:
        super().__init__(f"{join_request.name} was {join_request.get_state_display()} already.")
        self.join_request = join_request


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def token_of(link: JoinLink) -> str:
    """The link's token, made again from what is stored and the secret key: a lead can show the door once more, and
    the database alone opens nothing."""
    return _token(link.evaluation_id, link.created_at)


def _token(evaluation_id: int, created_at: datetime) -> str:
    moment = created_at.astimezone(UTC).isoformat(timespec="microseconds")
    return salted_hmac("join link", f"{evaluation_id} {moment}", algorithm="sha256").hexdigest()[:24]


def end_of(at: datetime) -> datetime:
    """The end of the local day, or four hours on, whichever is later."""
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return max(midnight, at + SHORTEST)


def make_join_link(*, evaluation: Evaluation, by: Person, at: datetime) -> tuple[JoinLink, str]:
    """A new link and its token; a link that was open before is closed. Raises Refused, NotOpen."""
    check_can(Capability.LEAD, by, evaluation)
    check_is_writable(evaluation)
    token = _token(evaluation.pk, at)
    with writing(evaluation.log, by=by, at=at) as entry:
        for old in JoinLink.objects.select_for_update().filter(evaluation=evaluation, closed_at__isnull=True):
            _close(entry, old)
        link = JoinLink(
            evaluation=evaluation, token_digest=digest_of(token), created_by=by, created_at=at, expires_at=end_of(at)
        )
        link.save()
        link.version = entry.record(
            "candidates.door_opened", about={"join_link": link.pk}, payload={"until": link.expires_at}
        )
        link.save(update_fields=["version"])
    return link, token


def close_join_link(*, link: JoinLink, by: Person, at: datetime) -> JoinLink:
    """Nobody new may ask; those who wait can still be answered. Raises DoorClosed, Refused."""
    check_can(Capability.LEAD, by, link.evaluation)
    with writing(link.evaluation.log, by=by, at=at) as entry:
        locked = JoinLink.objects.select_for_update().get(pk=link.pk)
        if locked.closed_at is not None:
            raise DoorClosed
        return _close(entry, locked)


def _close(entry: Entry, link: JoinLink) -> JoinLink:
    link.closed_at = entry.at
    link.version = entry.record("candidates.door_closed", about={"join_link": link.pk})
    link.save()
    return link


def is_open(link: JoinLink, at: datetime) -> bool:
    return link.closed_at is None and at < link.expires_at and link.evaluation.is_writable


def link_of_token(token: str) -> JoinLink | None:
    return (
        JoinLink.objects.select_related("evaluation__log", "evaluation__team")
        .filter(token_digest=digest_of(token))
        .first()
    )


def ask_to_join(*, token: str, name: str, person: Person | None, at: datetime) -> tuple[JoinRequest, str]:
    """Wait at the door under a name; gives the request and the secret by which the same browser is let in.

    person: who asks, when signed in already. Raises JoinLink.DoesNotExist for an unknown token, DoorClosed,
    DoorCrowded, GuestNameTaken, AlreadyInside.
    """
    link = link_of_token(token)
    if link is None:
        raise JoinLink.DoesNotExist("No such link.")
    evaluation = link.evaluation
    name = " ".join(name.split())
    secret = secrets.token_urlsafe(32)
    with writing(evaluation.log, by=person, at=at) as entry:
        link = JoinLink.objects.select_for_update(of=("self",)).select_related("evaluation").get(pk=link.pk)
        if not is_open(link, at):
            raise DoorClosed
        waiting = JoinRequest.objects.filter(link__evaluation=evaluation, state=JoinRequest.State.WAITING)
        if waiting.count() >= WAITING_AT_ONCE:
            raise DoorCrowded
        inside = people_who(Capability.READ, evaluation)
        if person is not None and person in inside:
            raise AlreadyInside
        taken = {other.shown_name.casefold() for other in inside if other != person}
        if name.casefold() in taken | {other.casefold() for other in waiting.values_list("name", flat=True)}:
            raise GuestNameTaken(name)
        asked = JoinRequest.objects.create(
            link=link, name=name, secret_digest=digest_of(secret), asked_at=at, person=person
        )
        asked.version = entry.record("candidates.join_asked", about={"join_request": asked.pk}, payload={"name": name})
        asked.save(update_fields=["version"])
    return asked, secret


def request_of_secret(token: str, secret: str) -> JoinRequest | None:
    """The request this browser made at this door, with what became of it."""
    return (
        JoinRequest.objects.select_related("link__evaluation", "person")
        .filter(link__token_digest=digest_of(token), secret_digest=digest_of(secret))
        .first()
    )


def admit(
    *, join_request: JoinRequest, by: Person, at: datetime, role: str = GuestAccess.Role.CONTRIBUTOR
) -> JoinRequest:
    """Let the name in to this evaluation alone, to contribute or to review. Raises AlreadyAnswered, Refused, NotOpen.

    role: one of GuestAccess.Role.
    """
    evaluation = join_request.link.evaluation
    check_can(Capability.LEAD, by, evaluation)
    check_is_writable(evaluation)
    with writing(evaluation.log, by=by, at=at) as entry:
        locked = _waiting(join_request)
        guest = locked.person or _new_guest(locked.name)
        locked.state, locked.answered_at, locked.person = JoinRequest.State.ADMITTED, at, guest
        locked.version = entry.record(
            "candidates.guest_admitted",
            about={"join_request": locked.pk, "person": guest.pk},
            payload={"name": locked.name, "after": GuestAccess.Role(role).value},
        )
        locked.save()
        GuestAccess.objects.update_or_create(
            evaluation=evaluation,
            person=guest,
            defaults={
                "role": role,
                "since_at": at,
                "ended_at": None,
                "version": locked.version,
            },
        )
        return locked


def refuse(*, join_request: JoinRequest, by: Person, at: datetime) -> JoinRequest:
    """Raises AlreadyAnswered, Refused."""
    check_can(Capability.LEAD, by, join_request.link.evaluation)
    with writing(join_request.link.evaluation.log, by=by, at=at) as entry:
        locked = _waiting(join_request)
        locked.state, locked.answered_at = JoinRequest.State.REFUSED, at
        locked.version = entry.record(
            "candidates.guest_refused", about={"join_request": locked.pk}, payload={"name": locked.name}
        )
        locked.save()
        return locked


def end_guest_access(*, guest: GuestAccess, by: Person, at: datetime) -> GuestAccess:
    """The guest can no longer open the evaluation; what they entered stays. Raises AlreadyEnded, Refused."""
    check_can(Capability.LEAD, by, guest.evaluation)
    with writing(guest.evaluation.log, by=by, at=at) as entry:
        locked = GuestAccess.objects.select_for_update().get(pk=guest.pk)
        if locked.ended_at is not None:
            raise AlreadyEnded
        locked.ended_at = at
        locked.version = entry.record(
            "candidates.guest_ended", about={"person": locked.person_id}, payload={"before": locked.role, "after": None}
        )
        locked.save()
        log_id, person_id = guest.evaluation.log_id, locked.person_id
        transaction.on_commit(lambda: announce_revocation(log_id, person_id))
        return locked


def _waiting(join_request: JoinRequest) -> JoinRequest:
    locked = JoinRequest.objects.select_for_update(of=("self",)).select_related("person").get(pk=join_request.pk)
    if locked.state != JoinRequest.State.WAITING:
        raise AlreadyAnswered(locked)
    return locked


def _new_guest(name: str) -> Person:
    """A person without a password: only the browser that waits is signed in as them."""
    guest = Person(username=f"guest-{secrets.token_hex(8)}", name=name)
    guest.set_unusable_password()
    guest.save()
    return guest
