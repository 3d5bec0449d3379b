"""Makes tables.ndjson and drift.ndjson: the figures that test/profile holds src/profile to.

Run with pandas 1.5 and scipy 1.10 on CPython 3.11 (Debian 12: apt-get install python3-pandas python3-scipy):

    /usr/bin/python3 test/profile/figures/make.py

Reads the tables from node_modules/vega-datasets/data, as tables.config.json says.
"""

import itertools
import json
import math
import pathlib

import numpy as np
import pandas as pd
from scipy.spatial.distance import jensenshannon
from scipy.stats import ks_2samp
from scipy.stats.contingency import association

HERE = pathlib.Path(__file__).parent
DATA = HERE.parents[2] / "node_modules" / "vega-datasets" / "data"
PERCENTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]


def read_table(config):
    path = DATA / config["file"]
    types = config["columns"]
    if path.suffix == ".json":
        frame = pd.DataFrame(json.loads(path.read_text(encoding="utf-8")), columns=list(types))
    else:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8")[list(types)]
    for name, kind in types.items():
        if kind in ("BIGINT", "DOUBLE"):
            values = [math.nan if v is None or v == "" or v != v else float(v) for v in frame[name]]
            frame[name] = pd.Series(values, dtype="float64")
            if kind == "BIGINT" and not frame[name].isna().any():
                frame[name] = frame[name].astype("int64")
        elif kind in ("DATE", "TIMESTAMP"):
            frame[name] = pd.to_datetime(frame[name])
        elif kind == "BOOLEAN":
            frame[name] = frame[name].map({"true": True, "false": False, True: True, False: False})
        else:
            frame[name] = frame[name].map(lambda v: math.nan if v is None or v == "" or v != v else str(v))
    return frame


def plain(value):
    value = float(value)
    return value if math.isfinite(value) else None


def describe_numbers(series):
    present = series.dropna()
    quantiles = series.quantile(PERCENTILES)
    q1, q3 = series.quantile(0.25), series.quantile(0.75)
    iqr = q3 - q1
    counts, edges = np.histogram(present, bins=10) if len(present) else ([], [])
    return {
        "min": plain(series.min()),
        "max": plain(series.max()),
        "mean": plain(series.mean()),
        "std": plain(series.std()),
        "skewness": plain(series.skew()),
        "kurtosis": plain(series.kurt()),
        "percentiles": {f"p{round(p * 100)}": plain(quantiles[p]) for p in PERCENTILES},
        "iqr": plain(iqr),
        "outlier_count": int(((series < q1 - 1.5 * iqr) | (series > q3 + 1.5 * iqr)).sum()),
        "outlier_count_3std": int(((series - series.mean()).abs() > 3 * series.std()).sum()),
        "counts": [int(c) for c in counts],
        "bin_edges": [float(e) for e in edges],
    }


def describe_column(series, kind):
    figures = {
        "count": int(series.count()),
        "unique": int(series.nunique()),
        "missing": int(series.isna().sum()),
        "memory_bytes": int(series.memory_usage(index=False, deep=True)),
    }
    if kind in ("BIGINT", "DOUBLE"):
        figures["numeric"] = describe_numbers(series)
    if kind == "VARCHAR":
        lengths = series.dropna().str.len()
        counts = series.value_counts()
        top = sorted(((v, int(n)) for v, n in counts.items()), key=lambda p: (-p[1], p[0].encode()))[:10]
        figures["text"] = {
            "min_length": plain(lengths.min()),
            "mean_length": plain(lengths.mean()),
            "max_length": plain(lengths.max()),
        }
        figures["top_values"] = [list(pair) for pair in top]
    if kind in ("DATE", "TIMESTAMP"):
        present = series.dropna()
        figures["dates"] = {
            "min": present.min().isoformat(),
            "max": present.max().isoformat(),
            "distinct_days": int(present.dt.normalize().nunique()),
        }
    return figures


def pairs(frame, method):
    matrix = frame.corr(method=method, numeric_only=True)
    names = list(matrix.columns)
    return [[a, b, plain(matrix.loc[a, b])] for a, b in itertools.combinations(names, 2)]


def cramers_v(frame, types):
    names = [n for n, k in types.items() if k in ("VARCHAR", "BOOLEAN") and 2 <= frame[n].nunique() <= 50][:12]
    figures = []
    for a, b in itertools.combinations(names, 2):
        table = pd.crosstab(frame[a], frame[b]).to_numpy()
        possible = min(table.shape) >= 2
        figures.append([a, b, plain(association(table, method="cramer")) if possible else None])
    return figures


def describe_table(config):
    frame = read_table(config)
    return {
        "row_count": len(frame),
        "duplicate_rows": int(frame.duplicated().sum()),
        "memory_usage": float(frame.memory_usage(deep=True).sum() / 1024**2),
        "columns": {name: describe_column(frame[name], kind) for name, kind in config["columns"].items()},
        "pearson": pairs(frame, "pearson"),
        "spearman": pairs(frame.select_dtypes(include="number"), "spearman"),
        "cramers_v": cramers_v(frame, config["columns"]),
    }


def index_of(p, q, epsilon=1e-4):
    p, q = np.maximum(p, epsilon), np.maximum(q, epsilon)
    return float(((q - p) * np.log(q / p)).sum())


def shares(series, edges):
    present = series.dropna()
    counts = np.bincount(np.searchsorted(edges, present, side="left"), minlength=len(edges) + 1)
    return np.append(counts, series.isna().sum()) / len(series)


def compare_numbers(a, b, bins):
    edges = np.unique(a.dropna().quantile([i / bins for i in range(1, bins)]))
    p, q = shares(a, edges), shares(b, edges)
    return {
        "psi": index_of(p, q),
        "js_distance": float(jensenshannon(p, q, base=2)),
        "ks_statistic": float(ks_2samp(a.dropna(), b.dropna()).statistic),
        "edges": [float(e) for e in edges],
        "v1_shares": [float(x) for x in p],
        "v2_shares": [float(x) for x in q],
    }


def compare_categories(a, b):
    names = sorted(set(a.dropna()) | set(b.dropna()))
    p = np.array([(a == n).sum() for n in names] + [a.isna().sum()]) / len(a)
    q = np.array([(b == n).sum() for n in names] + [b.isna().sum()]) / len(b)
    return {
        "psi": index_of(p, q),
        "js_distance": float(jensenshannon(p, q, base=2)),
        "added": sorted(set(b.dropna()) - set(a.dropna())),
        "removed": sorted(set(a.dropna()) - set(b.dropna())),
    }


def compare_halves(config, table):
    frame = read_table(table)
    values = frame[config["column"]]
    below = pd.Timestamp(config["below"]) if values.dtype.kind == "M" else config["below"]
    first = values.notna() & (values.where(values.notna(), below) < below)
    a, b = frame[first], frame[~first]
    figures = {}
    for name, kind in table["columns"].items():
        if kind in ("BIGINT", "DOUBLE"):
            if a[name].notna().any() and b[name].notna().any():
                figures[name] = compare_numbers(a[name], b[name], config["bins"])
        elif kind == "VARCHAR" and max(a[name].nunique(), b[name].nunique()) <= 1000:
            figures[name] = compare_categories(a[name], b[name])
    return {"v1_rows": len(a), "v2_rows": len(b), "columns": figures}


def write(name, figures):
    lines = [json.dumps([table, values], ensure_ascii=False) + "\n" for table, values in figures.items()]
    (HERE / name).write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    configs = json.loads((HERE / "tables.config.json").read_text(encoding="utf-8"))
    write("tables.ndjson", {name: describe_table(config) for name, config in configs.items()})
    drift = json.loads((HERE / "drift.config.json").read_text(encoding="utf-8"))
    write("drift.ndjson", {config["table"]: compare_halves(config, configs[config["table"]]) for config in drift})
