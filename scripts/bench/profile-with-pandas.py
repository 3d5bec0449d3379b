"""Computes with pandas what docs/statistics.md lists for a table, each figure once, and prints how many seconds that takes.

    python3 scripts/bench/profile-with-pandas.py table.csv

Reading the file is not counted. Prints a line of JSON after each step (share, step), and at the end {seconds, pandas, steps}.
"""

import itertools
import json
import sys
import time

import numpy as np
import pandas as pd
from scipy.stats.contingency import association

# p1, p5 … p99, and the 5 % quantiles that are kept for drift.
QUANTILES = sorted({0.01, 0.99, *(round(i / 20, 2) for i in range(21))})
KEPT_VALUES = 100
PATTERN_VALUES = 2000
VARIANT_VALUES = 20_000
SPEARMAN_CELLS = 1_000_000
MOJIBAKE = "\u00c3[\u0080-\u00bf\u0152-\u2122]|\u00c2[\u0080-\u00bf]|\u00e2\u20ac|\u00ef\u00bb\u00bf|\ufffd|\0"
DATE_LIKE = r"^\s*(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(?:[ T]\d{1,2}:\d{2}.*)?\s*$"
SHAPES = [("[a-z]{2,}", "a+"), ("[a-z]", "a"), ("[A-Z]{2,}", "A+"), ("[A-Z]", "A"), ("[0-9]{2,}", "9+"), ("[0-9]", "9")]


def read_table(path):
    frame = pd.read_csv(path)
    for name in frame.columns[frame.dtypes == object]:
        first = frame[name].dropna().iloc[:100].astype(str)
        if first.str.match(r"\d{4}-\d\d-\d\d").all():
            frame[name] = pd.to_datetime(frame[name])
        elif first.isin(["true", "false"]).all():
            frame[name] = frame[name].map({"true": True, "false": False})
    return frame


def describe_numbers(series):
    present = series.dropna()
    quantiles = series.quantile(QUANTILES)
    q1, q3 = quantiles[0.25], quantiles[0.75]
    mean, std, iqr = series.mean(), series.std(), q3 - q1
    return {
        "min": series.min(),
        "max": series.max(),
        "mean": mean,
        "std": std,
        "skewness": series.skew(),
        "kurtosis": series.kurt(),
        "quantiles": quantiles,
        "iqr": iqr,
        "outlier_count": ((series < q1 - 1.5 * iqr) | (series > q3 + 1.5 * iqr)).sum(),
        "outlier_count_3std": ((series - mean).abs() > 3 * std).sum(),
        "zeros": (series == 0).sum(),
        "negatives": (series < 0).sum(),
        "infinite": np.isinf(present).sum(),
        "histogram": np.histogram(present, bins=10),
    }


def describe_text(counts):
    """What is true of a value is found out once for each distinct value and weighted by its rows."""
    values, rows = pd.Series(counts.index), counts.to_numpy()
    lengths = values.str.len()
    shapes = values[:PATTERN_VALUES]
    for pattern, by in SHAPES:
        shapes = shapes.str.replace(pattern, by, regex=True)
    figures = {
        "min_length": lengths.min(),
        "mean_length": (lengths * rows).sum() / rows.sum(),
        "max_length": lengths.max(),
        "patterns": pd.Series(rows[:PATTERN_VALUES]).groupby(shapes).sum().nlargest(10),
        "blank": rows[values.str.strip() == ""].sum(),
        "padded": rows[values.str.strip() != values].sum(),
        "broken_encoding": rows[values.str.contains(MOJIBAKE)].sum(),
        "numeric_like": rows[pd.to_numeric(values, errors="coerce").notna()].sum(),
        "date_like": rows[values.str.match(DATE_LIKE)].sum(),
    }
    if len(values) <= VARIANT_VALUES:
        normalized = values.str.strip().str.replace(r"\s+", " ", regex=True).str.lower()
        figures["variants"] = values.groupby(normalized).agg(list)
    return figures


def describe_dates(series, now):
    days = pd.Series(np.sort(series.dropna().dt.normalize().unique()))
    steps = days.diff().dt.days
    return {
        "distinct_days": len(days),
        "typical_step": steps.median(),
        "largest_gaps": steps.nlargest(5),
        "weekends": (days.dt.dayofweek >= 5).sum(),
        "future": (series > now).sum(),
    }


def describe_column(series, now):
    counts = series.value_counts()
    figures = {
        "count": series.count(),
        "missing": series.isna().sum(),
        "unique": len(counts),
        "memory": series.memory_usage(index=False, deep=True),
        "values": counts.iloc[:KEPT_VALUES],
    }
    if pd.api.types.is_datetime64_any_dtype(series):
        figures["dates"] = describe_dates(series, now)
        figures["numeric"] = describe_numbers((series - pd.Timestamp(0)).dt.total_seconds())
    elif pd.api.types.is_bool_dtype(series):
        figures["numeric"] = describe_numbers(series.astype("float64"))
    elif pd.api.types.is_numeric_dtype(series):
        figures["numeric"] = describe_numbers(series)
    else:
        figures["text"] = describe_text(counts)
    return figures


def correlate(frame):
    numbers = frame.select_dtypes(include=["number", "bool"]).astype("float64")
    for name in frame.select_dtypes(include="datetime"):
        numbers[name] = (frame[name] - pd.Timestamp(0)).dt.total_seconds()
    return numbers.corr()


def correlate_ranks(frame):
    numbers = frame.select_dtypes(include="number").iloc[:, :20]
    rows = min(len(numbers), SPEARMAN_CELLS // max(1, numbers.shape[1]))
    return numbers.sample(rows, random_state=0).corr(method="spearman")


def associate(frame, uniques):
    kinds = frame.select_dtypes(include=["object", "bool"]).columns
    names = [name for name in kinds if 2 <= uniques[name] <= 50][:12]
    return [
        association(pd.crosstab(frame[a], frame[b]).to_numpy(), method="cramer")
        for a, b in itertools.combinations(names, 2)
    ]


def profile(frame):
    now, steps, uniques = pd.Timestamp.now(), {}, {}
    work = [(name, lambda name=name: describe_column(frame[name], now)) for name in frame.columns]
    work += [
        ("duplicates", lambda: frame.duplicated().sum()),
        ("pearson", lambda: correlate(frame)),
        ("spearman", lambda: correlate_ranks(frame)),
        ("cramers_v", lambda: associate(frame, uniques)),
    ]
    for i, (step, compute) in enumerate(work):
        began = time.perf_counter()
        figures = compute()
        steps[step] = time.perf_counter() - began
        if step in frame.columns:
            uniques[step] = figures["unique"]
        print(json.dumps({"share": (i + 1) / len(work), "step": step}), flush=True)
    return steps


if __name__ == "__main__":
    table = read_table(sys.argv[1])
    steps = profile(table)
    print(json.dumps({"seconds": sum(steps.values()), "pandas": pd.__version__, "steps": steps}))
