"""Figures for Plotly as plain dictionaries; colours and fonts are the page's."""

from typing import Any

from django.utils.html import escape

from evaluations.scoring.standing import Standing


def totals(standing: Standing) -> dict[str, Any]:
    """Each candidate's total from worst to best with the expected value marked; best candidate on top."""
    rows = list(reversed(standing.ranked))
    names = [escape(row.candidate.name) + (" (out)" if row.out else "") for row in rows]
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "name": "worst to best",
                "y": names,
                "base": [round(row.worst, 3) for row in rows],
                "x": [round(row.best - row.worst, 3) for row in rows],
                "width": 0.34,
                "opacity": 0.45,
                "customdata": [[round(row.worst, 2), round(row.best, 2)] for row in rows],
                "hovertemplate": "%{y}: %{customdata[0]} to %{customdata[1]}<extra></extra>",
            },
            {
                "type": "scatter",
                "mode": "markers",
                "name": "expected",
                "y": names,
                "x": [round(row.expected, 3) for row in rows],
                "marker": {"symbol": "line-ns", "size": 18, "line": {"width": 4}},
                "hovertemplate": "%{y}: expected %{x:.2f}<extra></extra>",
            },
        ],
        "layout": {
            "xaxis": {"range": [1, 5], "dtick": 1, "title": {"text": "total, 1 to 5", "font": {"size": 12}}},
            "yaxis": {"type": "category"},
            "legend": {"orientation": "h", "y": 1.12, "x": 0},
            "height": 96 + 44 * len(rows),
            "bargap": 0.5,
        },
    }


def totals_in_words(standing: Standing) -> str:
    """The sentence beside the chart."""
    ranked = [row for row in standing.ranked if row.rank]
    if len(ranked) < 2:
        return standing.verdict.sentence
    first, second = ranked[0], ranked[1]
    if first.worst > second.best:
        return f"Even at its worst, {first.candidate.name} stays above {second.candidate.name} at its best."
    return (
        f"The ranges of {first.candidate.name} ({first.worst:.1f} to {first.best:.1f}) and {second.candidate.name} "
        f"({second.worst:.1f} to {second.best:.1f}) overlap: what is not certain could still turn the order."
    )
