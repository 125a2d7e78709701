from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluations.audit.queries import has_news, is_behind
from evaluations.teams import actions, demo, invitations, queries
from evaluations.teams.access import (
    Capability,
    can_create_team,
    capabilities_of,
    check_can,
    check_can_create_team,
    get_team,
    membership_of,
)
from evaluations.teams.forms import (
    FirstLeadForm,
    InviteForm,
    NameForm,
    ProfileForm,
    RatesForm,
    RenameForm,
    RoleForm,
    SignUpForm,
    TeamForm,
)
from evaluations.teams.models import Membership, Person, Role, Team
from evaluations.teams.responses import next_or, see_other

SIGNS_IN_BY = "django.contrib.auth.backends.ModelBackend"
MADE_LINK = "teams.made_link"


def opens_team(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For views whose URL carries `team_id`: signed in and a member, else the team does not exist (404)."""

    @wraps(view)
    @login_required
    def opened(request: HttpRequest, team_id: int, *args: Any, **kwargs: Any) -> HttpResponse:
        team = get_team(request.user, team_id)
        request.team = team
        return view(request, team, *args, **kwargs)

    return opened


def shown_team(request: HttpRequest, team: Team, **more: Any) -> dict[str, Any]:
    """What the team's page and each of its parts is drawn from."""
    team.refresh_from_db()
    mine = membership_of(request.user, team)
    capabilities = capabilities_of(mine)
    return {
        "team": team,
        "revision": team.log.count,
        "members": queries.members_of(team),
        "invitations": queries.open_invitations(team, timezone.now()),
        "made_link": request.session.pop(MADE_LINK, None),
        "roles": Role.choices,
        "can_lead": Capability.LEAD in capabilities,
        "can_contribute": Capability.CONTRIBUTE in capabilities,
        "profile_form": ProfileForm.of(team),
        "rename_form": RenameForm(initial={"name": team.name, "seen": team.version}, auto_id="rename_%s"),
        "invite_form": InviteForm(auto_id="invite_%s"),
        **more,
    }


def answer(request: HttpRequest, team: Team, part: str, *, status: int = 200, **more: Any) -> HttpResponse:
    """The changed part with HTMX; without it the page again (303), or the page with what is wrong."""
    if not request.htmx and status == 200:
        return see_other("teams:page", team.pk)
    template = f"teams/_{part}.html" if request.htmx else "teams/page.html"
    return render(request, template, shown_team(request, team, **more), status=status)


@require_GET
@opens_team
def page(request: HttpRequest, team: Team) -> HttpResponse:
    return render(request, "teams/page.html", shown_team(request, team))


@require_GET
@opens_team
def members(request: HttpRequest, team: Team) -> HttpResponse:
    """The members as they are now; nothing when nothing happened since."""
    since = request.GET.get("since", "")
    if since.isdecimal() and not has_news(team.log, int(since[:18]), "teams"):
        return HttpResponse(status=204)
    return render(request, "teams/_members.html", shown_team(request, team))


@login_required
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    check_can_create_team(request.user)
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        team = actions.create_team(name=form.cleaned_data["name"], by=request.user, at=timezone.now())
        return see_other("teams:page", team.pk)
    return render(request, "teams/new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_POST
@opens_team
def rename(request: HttpRequest, team: Team) -> HttpResponse:
    check_can(Capability.LEAD, request.user, team)
    form = RenameForm(request.POST, auto_id="rename_%s")
    if not form.is_valid():
        return answer(request, team, "name", status=422, rename_form=form)
    try:
        actions.rename(team=team, by=request.user, at=timezone.now(), **form.cleaned_data)
    except actions.TeamMoved as moved:
        again = RenameForm({"name": form.cleaned_data["name"], "seen": moved.team.version}, auto_id="rename_%s")
        return answer(request, team, "name", status=409, rename_form=again, name_moved=moved.team)
    return answer(request, team, "name")


@require_POST
@opens_team
def set_profile(request: HttpRequest, team: Team) -> HttpResponse:
    check_can(Capability.CONTRIBUTE, request.user, team)
    form = ProfileForm(request.POST, auto_id="profile_%s")
    if not form.is_valid():
        return answer(request, team, "profile", status=422, profile_form=form)
    try:
        actions.set_profile(team=team, by=request.user, at=timezone.now(), **form.cleaned_data)
    except actions.TeamMoved as moved:
        again = ProfileForm({**form.cleaned_data, "seen": moved.team.version}, auto_id="profile_%s")
        return answer(request, team, "profile", status=409, profile_form=again, profile_moved=moved.team)
    if not request.htmx:
        return see_other(next_or(request, reverse("teams:page", args=[team.pk])))
    return answer(request, team, "profile", profile_saved=True)


@require_POST
@opens_team
def invite(request: HttpRequest, team: Team) -> HttpResponse:
    check_can(Capability.LEAD, request.user, team)
    form = InviteForm(request.POST, auto_id="invite_%s")
    if form.is_valid():
        try:
            invitation, token = invitations.invite(team=team, by=request.user, at=timezone.now(), **form.cleaned_data)
        except actions.AlreadyMember as known:
            form.add_error("email", known.reason)
        else:
            link = request.build_absolute_uri(reverse("teams:invitation", args=[token]))
            request.session[MADE_LINK] = {"email": invitation.email, "link": link}
            return answer(request, team, "invitations")
    return answer(request, team, "invitations", status=422, invite_form=form)


@require_POST
@opens_team
def revoke_invitation(request: HttpRequest, team: Team, invitation_id: int) -> HttpResponse:
    check_can(Capability.LEAD, request.user, team)
    invitation = queries.invitation_of(team, invitation_id)
    if invitation is None:
        raise Http404("No such invitation.")
    try:
        invitations.revoke_invitation(invitation=invitation, by=request.user, at=timezone.now())
    except invitations.LinkUnusable as late:
        return answer(request, team, "invitations", status=409, invitations_moved=late.reason)
    return answer(request, team, "invitations")


@require_POST
@opens_team
def change_role(request: HttpRequest, team: Team, membership_id: int) -> HttpResponse:
    form = RoleForm(request.POST)
    return _change_member(request, team, membership_id, form, actions.change_role)


@require_POST
@opens_team
def set_rates(request: HttpRequest, team: Team, membership_id: int) -> HttpResponse:
    return _change_member(request, team, membership_id, RatesForm(request.POST), actions.set_rates)


@require_POST
@opens_team
def remove_member(request: HttpRequest, team: Team, membership_id: int) -> HttpResponse:
    return _change_member(request, team, membership_id, None, actions.remove_member)


def _change_member(
    request: HttpRequest,
    team: Team,
    membership_id: int,
    form: RoleForm | RatesForm | None,
    change: Callable[..., Any],
) -> HttpResponse:
    check_can(Capability.LEAD, request.user, team)
    membership = _member_or_404(team, membership_id)
    if form is not None and not form.is_valid():
        return answer(request, team, "members", status=422, members_note="Choose one of the roles.")
    values = form.cleaned_data if form is not None else {}
    try:
        change(membership=membership, by=request.user, at=timezone.now(), **values)
    except actions.LastLead as refusal:
        return answer(request, team, "members", status=409, members_note=refusal.reason)
    except actions.MembershipMoved as moved:
        return answer(request, team, "members", status=409, members_note=_how_it_stands(moved, request.user))
    if membership.person_id == request.user.pk and change is actions.remove_member:
        return _left(request, team)
    return answer(request, team, "members")


def _how_it_stands(moved: actions.MembershipMoved, person: Person) -> str:
    found = moved.membership
    if found is None:
        return "This membership ended in the meantime."
    by = "You" if is_behind(found.team.log, found.version, person) else "Somebody else"
    who, role = found.person.shown_name, found.get_role_display().lower()
    return f"{by} changed {who} in the meantime: now {role}. Look again, then choose."


def _member_or_404(team: Team, membership_id: int) -> Membership:
    membership = queries.member_of(team, membership_id)
    if membership is None:
        raise Http404("No such member.")
    return membership


@require_POST
@opens_team
def leave(request: HttpRequest, team: Team) -> HttpResponse:
    try:
        actions.leave(team=team, by=request.user, at=timezone.now())
    except actions.LastLead as refusal:
        return answer(request, team, "members", status=409, members_note=refusal.reason)
    return _left(request, team)


def _left(request: HttpRequest, team: Team) -> HttpResponse:
    messages.success(request, f"You are no longer a member of {team.name}.")
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": "/"})
    return see_other("/")


@require_GET
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Where an invitation's link leads: enter with the account one has, or make one. Opening it changes nothing."""
    try:
        found = invitations.usable_invitation(token, timezone.now())
    except invitations.LinkUnusable as refusal:
        return _unusable(request, refusal)
    return render(request, "teams/invitation.html", _shown_invitation(request, token, found))


def _shown_invitation(request: HttpRequest, token: str, found: Any, **more: Any) -> dict[str, Any]:
    person = request.user
    return {
        "invitation": found,
        "token": token,
        "has_account": queries.address_has_account(found.email),
        "is_right_person": person.is_authenticated and person.email.casefold() == found.email.casefold(),
        "form": SignUpForm(email=found.email),
        **more,
    }


def _unusable(request: HttpRequest, refusal: invitations.LinkUnusable) -> HttpResponse:
    return render(request, "teams/unusable.html", {"reason": refusal.reason}, status=410)


@login_required
@require_POST
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    try:
        membership = invitations.accept_invitation(token=token, person=request.user, at=timezone.now())
    except invitations.LinkUnusable as refusal:
        return _unusable(request, refusal)
    except actions.AlreadyMember:
        return see_other("teams:page", invitations.usable_invitation(token, timezone.now()).team_id)
    return see_other("teams:page", membership.team_id)


@require_POST
def sign_up(request: HttpRequest, token: str) -> HttpResponse:
    at = timezone.now()
    try:
        found = invitations.usable_invitation(token, at)
        form = SignUpForm(request.POST, email=found.email)
        if form.is_valid():
            person = invitations.sign_up(token=token, at=at, **form.cleaned_data)
            login(request, person, backend=SIGNS_IN_BY)
            return see_other("teams:page", found.team_id)
    except invitations.LinkUnusable as refusal:
        return _unusable(request, refusal)
    except invitations.AddressTaken as taken:
        form.add_error(None, str(taken))
    return render(request, "teams/invitation.html", _shown_invitation(request, token, found, form=form), status=422)


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, token: str) -> HttpResponse:
    """The first lead's one-time link: name, address, password and the team's name."""
    at = timezone.now()
    form = FirstLeadForm(request.POST or None)
    try:
        invitations.usable_lead_link(token, at)
        if request.method == "POST" and form.is_valid():
            person, team = invitations.use_lead_link(token=token, at=at, **form.cleaned_data)
            login(request, person, backend=SIGNS_IN_BY)
            return see_other("overview:team", team.pk)
    except invitations.LinkUnusable as refusal:
        return _unusable(request, refusal)
    except invitations.AddressTaken as taken:
        form.add_error("email", str(taken))
    return render(request, "teams/start.html", {"form": form, "token": token}, status=422 if form.is_bound else 200)


@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """A click on a demo account. Anywhere but on the machine itself, in demo mode, this does not exist (404)."""
    if not demo.is_offered(request):
        raise Http404("No demo accounts here.")
    person = Person.objects.filter(
        username=request.POST.get("username", "")[:150], is_demo=True, is_active=True
    ).first()
    if person is None:
        raise Http404("No such demo account.")
    login(request, person, backend=SIGNS_IN_BY)
    return see_other(next_or(request, "/"))


@login_required
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    return render(request, "teams/account.html", _shown_account(request))


def _shown_account(request: HttpRequest, **more: Any) -> dict[str, Any]:
    return {
        "form": NameForm(initial={"name": request.user.name}),
        "teams": queries.teams_of(request.user),
        "can_create_team": can_create_team(request.user),
        **more,
    }


@login_required
@require_POST
def set_name(request: HttpRequest) -> HttpResponse:
    form = NameForm(request.POST)
    if not form.is_valid():
        return render(request, "teams/account.html", _shown_account(request, form=form), status=422)
    actions.set_name(person=request.user, name=form.cleaned_data["name"])
    messages.success(request, "Your name is changed.")
    return see_other("teams:account")
