"""Figures from published worked examples, each with its source: what the analysis has to reproduce."""

DRINKS = {
    "source": "Saaty (2008), Decision making with the AHP, Int. J. Services Sciences 1(1), 83-98: drinks in the USA",
    "upper": [
        [9, 5, 2, 1, 1, 1 / 2],
        [1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9],
        [1 / 3, 1 / 4, 1 / 3, 1 / 9],
        [1 / 2, 1, 1 / 3],
        [2, 1 / 2],
        [1 / 3],
    ],
    "weights": [0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327],
    "ratio": {"saaty-2005": 0.022, "donegan-dodd-1991": 0.0235},
}
RANDOM_INDICES = {
    "saaty-2005": {3: 0.52, 4: 0.89, 5: 1.11, 6: 1.25, 7: 1.35, 8: 1.40, 9: 1.45, 10: 1.49, 15: 1.59},
    "donegan-dodd-1991": {3: 0.4914, 5: 1.0591, 8: 1.3171, 10: 1.4055, 15: 1.4969},
    "alonso-lamata-2006": {3: 0.5247, 5: 1.1086, 8: 1.4057, 10: 1.4854, 15: 1.5838},
}
CARS = {
    "source": "test suite of the R package MCDA (paterijk/MCDA, tests/AHP.R): style, reliability, fuel",
    "criteria": [[1 / 2, 3], [4]],
    "style": [[1 / 4, 4, 1 / 6], [4, 1 / 4], [1 / 5]],
    "reliability": [[2, 5, 1], [3, 2], [1 / 4]],
    "fuel": [[2, 4, 1], [3, 2], [1 / 5]],
    "totals": [0.2922, 0.2767, 0.0697, 0.3613],
}
CENTROID_OF_FOUR = {"source": "Barron & Barrett (1996), Management Science 42(11)", "weights": [0.52, 0.27, 0.15, 0.06]}
RANK_SUM_OF_FOUR = {"source": "Stillwell, Seaver & Edwards (1981)", "weights": [0.4, 0.3, 0.2, 0.1]}
PIECEWISE = {
    "source": "test suite of the R package smaa (gertvv/rsmaa, tests/pvf.R)",
    "points": [(50, 1), (75, 0.8), (90, 0.5), (100, 0)],
    "inside": {50: 1.0, 60: 0.92, 75: 0.8, 90: 0.5, 100: 0.0},
    "clip": {10: 1.0, 40: 1.0, 101: 0.0, 120: 0.0},
    "extrapolate": {10: 1.32, 40: 1.08, 101: -0.05, 120: -1.0},
}
PRODUCT = {
    "source": "Wikipedia, Weighted product model; logarithms in scikit-criteria's test suite",
    "table": [[25, 20, 15, 30], [10, 30, 20, 30], [30, 10, 30, 10]],
    "weights": [20, 15, 40, 25],
    "log10": [-0.50128589, -0.50448471, -0.52947246],
}
CLOSENESS = {
    "source": "Tzeng & Huang (2011), Multiple Attribute Decision Making",
    "table": [[5, 8, 4], [7, 6, 8], [8, 8, 6], [7, 4, 6]],
    "weights": [0.3, 0.4, 0.3],
    "vector": [0.5037, 0.6581, 0.7482, 0.3340],
}
NORMALISATION_TRAP = {
    "source": "Opricovic & Tzeng (2004), EJOR 156(2), 445-455",
    "table": [[1, 3000], [2, 3750], [5, 4500]],
    "directions": ["min", "max"],
    "vector": [0.762, 0.722, 0.238],
    "min-max": [0.5, 0.617, 0.5],
}
FLOWS = {
    "source": "Zhao, Peng & Li (2013), Procedia Computer Science 17, 181-188",
    "table": [[4, 3, 2], [3, 2, 4], [5, 1, 3]],
    "weights": [0.5, 0.3, 0.2],
    "plus": [0.55, 0.35, 0.6],
    "minus": [0.45, 0.65, 0.4],
    "net": [0.1, -0.3, 0.2],
}
THROMBOLYTICS = {
    "source": "drugis/mcda-elicitation-web, R/test/thrombo.R: Heparin, Enoxaparin; beta parameters, scale",
    "beta": [[(20, 116), (8, 121)], [(40, 96), (32, 97)], [(1, 135), (5, 124)]],
    "scale": [(0, 0.25), (0.15, 0.4), (0, 0.1)],
    "uniform": {
        "first": [0.3381, 0.6619],
        "central": [[0.1976, 0.2780, 0.5244], [0.4118, 0.3578, 0.2304]],
        "confidence": [0.6389, 0.8925],
    },
    "ordered": {
        "order": [0, 2, 1],
        "first": [0.1369, 0.8631],
        "central": [[0.5240, 0.1213, 0.3547], [0.6229, 0.1103, 0.2668]],
        "confidence": [0.1914, 0.9174],
    },
    "swing": {"weights": [4 / 7, 1 / 7, 2 / 7], "first": [0.1049, 0.8951]},
}
JUDGES = {
    "source": "scribd 659863121, The Kendall coefficient of concordance: 4 judges, 10 projects, 1 is best",
    "ranks": [
        [1, 3, 4, 5, 2, 8, 6, 7, 10, 9],
        [2, 1, 4, 5, 6, 3, 8, 7, 10, 9],
        [3, 2, 1, 5, 7, 4, 6, 8, 9, 10],
        [4, 2, 3, 1, 6, 7, 5, 9, 8, 10],
    ],
    "w": 0.7939,
}
ANXIETY = {
    "source": "data 'anxiety' of the R package irr: 3 raters, 20 subjects, many ties",
    "ratings": [
        [3, 3, 3, 4, 5, 5, 2, 3, 5, 2, 2, 6, 1, 5, 2, 2, 1, 2, 4, 3],
        [3, 6, 4, 6, 2, 4, 2, 4, 3, 3, 2, 3, 3, 3, 2, 2, 1, 3, 3, 4],
        [2, 1, 4, 4, 3, 2, 1, 6, 1, 1, 1, 2, 3, 3, 1, 1, 3, 3, 2, 2],
    ],
    "w": 0.5397,
    "chi2": 30.76,
    "p": 0.0429,
}
INVESTMENT = {
    "source": "Wikipedia, Expected value of perfect information: stock, fund, deposit",
    "totals": [[1500, 900, 500], [300, 600, 500], [-800, -200, 500]],
    "shares": [0.5, 0.3, 0.2],
    "evpi": 350,
}
TWO_PARAMETERS = {
    "source": "model of the R package voi (chjackson/voi): N(0, 1) + N(0, 2) against 0; sd / sqrt(2 pi)",
    "evppi": [0.3989423, 0.7978846],
    "evpi": 0.8920621,
}
UNIT_NORMAL_LOSS = {
    "source": "Raiffa & Schlaifer (1961), table of the unit normal loss",
    "loss": {0.0: 0.3989, 0.5: 0.1978, 1.0: 0.0833, 1.5: 0.0293, 2.0: 0.0085},
}
STABILITY = {
    "source": "closed form: crossings at 5/12 and 0.44",
    "table": [[1, 0, 0.5], [0, 1, 0.5], [0.4, 0.4, 0.9]],
    "weights": [0.5, 0.3, 0.2],
    "interval": (0.0, 5 / 12),
}
