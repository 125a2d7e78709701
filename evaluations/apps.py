from django.apps import AppConfig


class EvaluationsConfig(AppConfig):
    name = "evaluations"
    label = "evaluations"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Evaluations"

    def ready(self) -> None:
        """Packages know only those below them; what a lower one asks of a higher one is tied together here."""
        from evaluations.audit.actions import told_when_closed
        from evaluations.candidates import access
        from evaluations.candidates import actions as candidates
        from evaluations.candidates.queries import log_ids_of_team
        from evaluations.checklist import actions as checklist
        from evaluations.decision import moving as decision
        from evaluations.ecosystem import queries as ecosystem
        from evaluations.readiness import actions as readiness
        from evaluations.readiness.taking import TAKER as FAILURE_TESTS
        from evaluations.record import freezing
        from evaluations.rounds import actions as rounds
        from evaluations.scoring import queries as scoring
        from evaluations.teamfit import actions as teamfit
        from evaluations.teams import actions as teams
        from evaluations.uploads.takers import TAKERS

        told_when_closed.update(access.TOLD_WHEN_CLOSED, decision.TOLD_WHEN_CLOSED, freezing.TOLD_WHEN_CLOSED)
        teams.further_logs_of_team.append(log_ids_of_team)
        candidates.preparations.append(lambda entry, evaluation, scenario: checklist.seed(entry, evaluation))
        checklist.followers.append(readiness.follow_checklist)
        rounds.finish_followers.append(teamfit.close_when_all_are_in)
        rounds.reveal_followers.append(teamfit.follow_reveal)
        scoring.further_failures.append(ecosystem.dealbreakers_of)
        decision.on_decided.append(freezing.freeze)
        TAKERS.append(FAILURE_TESTS)
