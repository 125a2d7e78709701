from evaluations.signoff.readable import Change, differences, sections


def test_content_becomes_tables_and_lists_in_words():
    content = {
        "must_haves": [{"requirement": "Fast", "met": True, "reason": "", "points": [[1, 5.0], [2, 1]]}],
        "weights": {"come_from": "agreed"},
        "runs": [],
    }

    must_haves, weights, runs = sections(content)

    assert (must_haves.title, must_haves.columns) == ("Must haves", ("Requirement", "Met", "Points"))
    assert must_haves.rows == [("Fast", "yes", "1, 5; 2, 1")]
    assert (weights.columns, weights.rows) == ((), [("Come from", "agreed")])
    assert runs.rows == []


def test_what_is_not_known_is_said_and_checksums_are_short():
    [section] = sections({"runs": [{"run": 1, "users": None, "sha256": "ab" * 32}]})

    assert section.rows == [("1", "not known", "abababababab…")]


def test_differences_name_the_entry_and_the_field():
    before = {"scores": [{"criterion": "Speed", "candidate": "Django", "score": 3.0, "reason": ""}]}
    after = {"scores": [{"criterion": "Speed", "candidate": "Django", "score": 4.25, "reason": "trial"}]}

    assert differences(before, after) == [
        Change("Scores", "Speed, Django", "score", "3", "4.25"),
        Change("Scores", "Speed, Django", "reason", "nothing", "trial"),
    ]


def test_differences_tell_added_removed_and_moved_entries():
    before = {"criteria": [{"criterion": "A", "weight": 0.5}, {"criterion": "B", "weight": 0.5}], "runs": []}
    after = {"criteria": [{"criterion": "C", "weight": 1.0}], "runs": [{"file": "x.json", "run": 1}]}
    turned = {"criteria": before["criteria"][::-1]}

    told = [(one.what, one.before, one.after) for one in differences(before, after)]

    assert told == [
        ("A", "weight 0.5", ""),
        ("B", "weight 0.5", ""),
        ("C", "", "weight 1"),
        ("x.json, 1", "", "nothing more"),
    ]
    assert differences({"criteria": before["criteria"]}, turned) == [Change("Criteria", "", "order", "A, B", "B, A")]


def test_entries_of_one_name_are_told_apart():
    entry = {"candidate": "Django", "kind": "SIGTERM", "verdict": "hung"}
    before = {"tests": [entry, entry]}
    after = {"tests": [entry, {**entry, "verdict": "recovered"}]}

    assert differences(before, after) == [Change("Tests", "Django, SIGTERM (2)", "verdict", "hung", "recovered")]


def test_the_same_content_has_no_difference():
    content = {"runs": [{"run": 1}], "weights": {"come_from": "agreed"}}

    assert differences(content, content) == []
