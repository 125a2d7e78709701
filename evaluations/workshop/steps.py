"""The six steps of the two hours, as plain values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the meeting. `subject`: the blind round whose progress it shows; `url_name`: where to work."""

    key: str
    title: str
    label: str
    minutes: int
    doing: tuple[str, ...]
    url_name: str
    action: str
    subject: str = ""


STEPS: tuple[Step, ...] = (
    Step(
        key="frame",
        title="Frame the decision",
        label="Frame",
        minutes=10,
        doing=(
            "Say what has to be decided, by when, and what forces it.",
            "Read the context and the team's profile aloud; correct what is wrong.",
            "Agree on three or four candidates, each a whole stack.",
        ),
        url_name="candidates:page",
        action="Open context and candidates",
    ),
    Step(
        key="requirements",
        title="Requirements and vote",
        label="Requirements",
        minutes=25,
        doing=(
            "Write down what the service needs: with a number where there is one, and who says so.",
            "Mark as must-have only what rules a candidate out.",
            "Everybody casts three votes; the lead reveals and marks the top three.",
        ),
        url_name="requirements:index",
        action="Open the requirements",
        subject="votes",
    ),
    Step(
        key="weights",
        title="Weigh the criteria",
        label="Weights",
        minutes=15,
        doing=(
            "Choose at most ten criteria; tie each top requirement to one of them.",
            "Everybody puts them in order, alone.",
            "The lead reveals; talk about the largest difference, then agree.",
        ),
        url_name="requirements:weights",
        action="Open the weights",
        subject="weights",
    ),
    Step(
        key="rating",
        title="Rate apart",
        label="Rate apart",
        minutes=25,
        doing=(
            "Everybody rates every candidate on every criterion, alone and without talking.",
            "Say “don’t know” where you do not know: it is an answer.",
            "Give a reason for each 1 and each 5.",
        ),
        url_name="scoring:sheet",
        action="Open the rating sheet",
        subject="ratings",
    ),
    Step(
        key="cells",
        title="The eight cells worth talking about",
        label="Talk about eight cells",
        minutes=35,
        doing=(
            "The lead reveals; the list begins with the cells where a difference matters most.",
            "About four minutes each: the highest and the lowest say why, then agree on a score.",
            "What cannot be settled gets an owner and a date.",
        ),
        url_name="scoring:agenda",
        action="Open the list of cells",
    ),
    Step(
        key="next",
        title="Verdict and next steps",
        label="Next",
        minutes=10,
        doing=(
            "Read the verdict, and how sure it is.",
            "Choose what to find out next, or stop collecting and decide.",
            "Give everything left open an owner and a due date.",
        ),
        url_name="overview:evaluation",
        action="Open the overview",
    ),
)
LAST = len(STEPS) - 1
MOST_CRITERIA = 10
FEWEST_CANDIDATES, MOST_CANDIDATES = 3, 4
