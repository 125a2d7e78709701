"""The calculator's answers: each part by hand, and every state in which a part has nothing to say."""

import json

import pytest
from django.core.management import CommandError, call_command

from evaluations.problems.calculate import METHODS, PARTS, calculate
from evaluations.problems.schema import problem_from
from evaluations.problems.table import as_table

NAMED = {"criteria": [{"name": "Speed"}, {"name": "Learning"}], "weights": {"fixed": {"Speed": 60, "Learning": 40}}}


def problem(ratings, **changes):
    """A problem of two criteria; ratings: {candidate: (Speed, Learning)}."""
    rows = {name: dict(zip(("Speed", "Learning"), row, strict=True)) for name, row in ratings.items()}
    return {"problem": 1, "candidates": list(ratings), "ratings": rows, **NAMED, **changes}


def results(ratings, method="additive", **changes):
    return calculate(problem_from(problem(ratings, **changes)), method)


def ranked(found):
    return {row["candidate"]: row for row in found["ranking"]["candidates"]}


def test_totals_ranks_and_contributions_are_the_weighted_scores():
    rows = ranked(results({"FastAPI": (5, {"low": 2, "high": 4}), "Django": (3, 4)}))

    assert rows["FastAPI"]["expected"] == pytest.approx(0.6 * 5 + 0.4 * 3)
    assert (rows["FastAPI"]["worst"], rows["FastAPI"]["best"]) == pytest.approx((3.8, 4.6))
    assert rows["FastAPI"]["contributions"] == pytest.approx({"Speed": 3.0, "Learning": 1.2})
    assert [rows[name]["rank"] for name in ("FastAPI", "Django")] == [1, 2]


@pytest.mark.parametrize(
    ("ratings", "state", "leader", "front"),
    [
        ({"FastAPI": (5, 4), "Django": (3, 4)}, "leader", "FastAPI", ["FastAPI"]),
        ({"FastAPI": (4, 4), "Django": (4, 4)}, "level", None, ["FastAPI", "Django"]),
        ({"FastAPI": (4, 4), "Django": (4, 4.01)}, "level", None, ["Django", "FastAPI"]),
        ({"FastAPI": (None, None), "Django": (None, None)}, "nothing known", None, ["FastAPI", "Django"]),
        ({"A": (3.1, None), "B": (None, None), "C": (None, None)}, "too early", None, ["A"]),
        ({"FastAPI": (4, 4)}, "one candidate", "FastAPI", []),
    ],
)
def test_the_verdict_names_a_leader_only_where_there_is_one(ratings, state, leader, front):
    found = results(ratings)["verdict"]

    assert (found["state"], found["leader"], found["front"]) == (state, leader, front)


def test_who_fails_a_must_have_keeps_its_totals_and_loses_its_rank():
    must = [{"statement": "Maintained", "verdicts": {"Django": "not_met", "Flask": "met"}}]

    found = results({"FastAPI": (3, 3), "Django": (5, 5), "Flask": (2, 2)}, must_haves=must)

    rows = ranked(found)
    assert (rows["Django"]["rank"], rows["Django"]["first_share"], rows["Django"]["expected"]) == (None, None, 5)
    assert (rows["Django"]["fails"], rows["FastAPI"]["not_proven"]) == (["Maintained"], ["Maintained"])
    assert found["verdict"]["leader"] == "FastAPI"
    assert [row["candidate"] for row in found["rank_acceptability"][0]["candidates"]] == ["FastAPI", "Flask"]
    assert all(check["firsts"] == ["FastAPI"] for check in found["cross_checks"]["checks"])


def test_when_all_are_out_each_part_says_nothing_and_none_fails():
    must = [{"statement": "Maintained", "verdicts": {"FastAPI": "not_met"}}]

    found = results({"FastAPI": (3, 3)}, must_haves=must)

    assert found["verdict"]["state"] == "all out"
    assert (found["rank_acceptability"], found["what_must_change"], found["tornado"]) == ([], None, None)
    assert "out" in as_table(found)


def test_what_must_change_is_told_in_the_metrics_own_unit_and_flips_the_winner():
    function = {"unit": "ms", "points": [[50, 5], [250, 1]]}
    given = problem({"FastAPI": (100, 3), "Django": (200, 4)})
    given["criteria"] = [{"name": "Speed", "value_function": function}, {"name": "Learning"}]

    found = calculate(problem_from(given))["what_must_change"]

    change = next(one for one in found["changes"] if one["kind"] == "metric" and one["candidate"] == "Django")
    assert (found["challenger"], change["now"], change["side"], change["unit"]) == ("Django", 200, "at or below", "ms")
    given["ratings"]["Django"]["Speed"] = change["tie"] - 0.1
    assert calculate(problem_from(given))["ranking"]["candidates"][1]["rank"] == 1
    given["ratings"]["Django"]["Speed"] = change["tie"] + 0.1
    assert calculate(problem_from(given))["ranking"]["candidates"][1]["rank"] == 2


def test_rank_acceptability_is_told_for_the_weights_given_for_their_order_and_for_any():
    found = results({"FastAPI": (5, 2), "Django": (2, 5)})["rank_acceptability"]

    given, in_order, anything = ({row["candidate"]: row for row in one["candidates"]} for one in found)
    assert [one["variant"] for one in found] == [
        "weights fixed",
        "weights uniform within the order",
        "weights uniform",
    ]
    assert given["FastAPI"]["ranks"] == in_order["FastAPI"]["ranks"] == [1.0, 0.0]
    assert in_order["FastAPI"]["central_weights"]["Speed"] == pytest.approx(0.75, abs=0.02)
    assert given["Django"]["central_weights"] is given["Django"]["confidence"] is None
    assert anything["FastAPI"]["ranks"] == pytest.approx([0.5, 0.5], abs=0.02)
    assert anything["FastAPI"]["central_weights"]["Speed"] == pytest.approx(0.75, abs=0.02)


def test_the_intervals_of_the_weights_end_where_the_totals_cross():
    found = results({"FastAPI": (5, 2), "Django": (2, 5)})["weight_stability"]["criteria"]

    assert [(row["criterion"], row["low"], row["high"]) for row in found] == [
        ("Speed", pytest.approx(0.5), 1.0),
        ("Learning", 0.0, pytest.approx(0.5)),
    ]


def test_information_is_in_points_per_hour_and_stops_below_the_limit():
    ratings = {"FastAPI": (4, {"low": 1, "high": 5}), "Django": (4, 3)}
    given = {"criteria": [{"name": "Speed"}, {"name": "Learning", "hours": 2}]}

    found = results(ratings, **given)["find_out_next"]
    stopped = results(ratings, **given, limit_per_hour=0.11)["find_out_next"]

    # Uniform within 2 points around a tie moves the total by 0.4 a point: 0.4 x 2 / 4 = 0.2 points, over two hours 0.1.
    assert [(item["candidate"], item["criterion"]) for item in found["items"]] == [("FastAPI", "Learning")]
    assert found["items"][0]["per_hour"] == pytest.approx(0.1)
    assert found["items"][0]["evppi"] == pytest.approx(0.2)
    assert found["items"][0]["winner_changes"] == pytest.approx(0.5)
    assert found["evpi"]["value"] == pytest.approx(0.2, abs=0.01)
    assert (found["stop"], stopped["stop"]) == (False, True)


def test_agreement_compares_the_members_own_totals_and_their_weights():
    ratings = {
        "FastAPI": ({"members": {"Ana": 5, "Ben": 1}}, 3),
        "Django": ({"members": {"Ana": 3, "Ben": 3}}, 3),
        "Flask": ({"members": {"Ana": 1, "Ben": 5}}, 3),
    }
    opinions = {"Ana": {"Speed": 60, "Learning": 40}, "Ben": {"Speed": 90, "Learning": 10}}

    found = results(ratings, opinions=opinions)["agreement"]

    assert found["facts"]["w"] == 0
    assert found["facts"]["totals"]["Ana"] == pytest.approx({"FastAPI": 4.2, "Django": 3.0, "Flask": 1.8})
    assert found["values"]["w"] == 1
    assert found["values"]["disagreement"]["overall"] == pytest.approx(0.3)


def test_the_agenda_weighs_disagreement_by_influence():
    ratings = {"FastAPI": ({"members": [1, 5]}, 3), "Django": (3, {"members": [1, 5]})}

    items = results(ratings)["agenda"]["items"]

    assert [(item["candidate"], item["criterion"]) for item in items] == [("FastAPI", "Speed"), ("Django", "Learning")]
    assert items[0]["weight"] == pytest.approx(1.0 * 0.6 * 0.6 / 0.6)


def test_answers_behind_an_agreed_score_count_for_the_agenda_and_not_for_the_total():
    agreed = {"value": 4, "answers": {"Ana": 1, "Ben": 5}}

    found = results({"FastAPI": (agreed, 3), "Django": (3, 3)})

    assert ranked(found)["FastAPI"]["expected"] == pytest.approx(3.6)
    assert [item["low"] for item in found["agenda"]["items"]] == [1]


@pytest.mark.parametrize("method", [one for one in METHODS if one != "additive"])
def test_one_method_alone_gives_its_totals_and_ranks(method):
    found = results({"FastAPI": (5, 4), "Django": (3, 3), "Flask": (2, 1)}, method)

    assert not set(found) & set(PARTS)
    assert [row["rank"] for row in found["answer"]["candidates"]] == [1, 2, 3]
    assert found["answer"]["agrees"] is True


def test_the_same_seed_gives_the_same_answer_and_another_seed_another():
    given = problem_from(problem({"FastAPI": (None, 4), "Django": (3, 3)}))

    once, again, other = (calculate(given, draws=500, seed=seed) for seed in (3, 3, 4))

    assert once == again
    assert ranked(once)["FastAPI"]["first_share"] != ranked(other)["FastAPI"]["first_share"]
    assert (once["ranking"]["first_share"]["draws"], once["ranking"]["first_share"]["seed"]) == (500, 3)
    assert once["ranking"]["first_share"]["error"] == pytest.approx(0.5 / 500**0.5)


@pytest.mark.parametrize(
    "weights",
    [{"uniform": True}, {"order": ["Learning", "Speed"]}, {"members": {"Ana": {"Speed": 1}, "Ben": {"Learning": 1}}}],
)
def test_every_kind_of_weights_gives_every_part_as_json(weights):
    given = {"FastAPI": ({"members": {"Ana": 4, "Ben": None}}, {"mean": 4, "deviation": 1}), "Django": (3, None)}

    found = results(given, weights=weights)

    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert set(PARTS) <= set(found)
    assert as_table(found).count("\n") > 20


def test_the_command_prints_json_a_table_or_a_reason(tmp_path, capsys):
    file = tmp_path / "problem.json"
    file.write_text(json.dumps(problem({"FastAPI": (5, 4), "Django": (3, 3)})))
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(problem({"FastAPI": (9, 4)})))

    call_command("calculate", str(file), draws=100, seed=2)
    told = json.loads(capsys.readouterr().out)
    call_command("calculate", str(file), "--table")
    table = capsys.readouterr().out

    assert told["ranking"]["first_share"]["draws"] == 100
    assert "Verdict: leader: FastAPI" in table
    with pytest.raises(CommandError, match="row 'FastAPI', column 'Speed': 9 lies outside the scale"):
        call_command("calculate", str(wrong))
    with pytest.raises(CommandError, match="could not be read"):
        call_command("calculate", str(tmp_path / "nowhere.json"))
    with pytest.raises(CommandError, match="--draws: 0 lies outside"):
        call_command("calculate", str(file), draws=0)
