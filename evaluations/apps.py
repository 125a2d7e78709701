from django.apps import AppConfig


class EvaluationsConfig(AppConfig):
    name = "evaluations"
    label = "evaluations"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Evaluations"

    def ready(self) -> None:
        """Packages know only those below them; what a lower one asks of a higher one is tied together here."""
        from evaluations.candidates import actions as candidates
        from evaluations.candidates.queries import log_ids_of_team
        from evaluations.checklist import actions as checklist
        from evaluations.readiness import actions as readiness
        from evaluations.teams import actions as teams

        teams.further_logs_of_team.append(log_ids_of_team)
        candidates.preparations.append(lambda entry, evaluation, scenario: checklist.seed(entry, evaluation))
        checklist.followers.append(readiness.follow_checklist)
