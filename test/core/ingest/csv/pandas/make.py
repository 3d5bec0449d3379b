"""Makes read-csv.ndjson: what pandas' read_csv makes of small files under each of its options that Eider knows.

Run with pandas 1.5 on CPython 3.11 (Debian 12: apt-get install python3-pandas):

    /usr/bin/python3 test/core/ingest/csv/pandas/make.py

Left out is where Eider means to differ: it finds dates without being asked, keeps leading zeros and signs as text where no dtype is
given, sets rows aside that do not parse, names columns without a header `column_1`, and an empty cell is NULL whatever
`keep_default_na` says.
"""

import io
import json
import pathlib

import pandas as pd

CASES = [
    ("a\tb\n1\t2\n", {"sep": "\t"}),
    ("a::b\n1::2\n", {"sep": "::"}),
    ("a  b\n1   2\n", {"sep": r"\s+"}),
    ("a;b\n1;2\n", {"delimiter": ";"}),
    ("junk,x\na,b\n3,4\n", {"header": 1}),
    ("a,b\nc,d\n", {"header": 0}),
    ("\n\na,b\n3,4\n", {"header": 0}),
    ("#x\na,b\n3,4\n", {"header": 0, "comment": "#"}),
    ("1,2\n3,4\n", {"names": ["x", "y"]}),
    ("q,2\nr,4\n", {"names": ["x", "y"]}),
    ("a,b\n3,4\n", {"names": ["x", "y"], "header": 0}),
    ("a,b\n3,4\n", {"names": ["x", "y"], "header": None}),
    ("1,2,3\n4,5\n", {"names": ["x", "y", "z"]}),
    ("1,2,3\n4,5,6\n", {"names": ["x", "y"], "usecols": [0, 2], "header": None}),
    ("a,b,c\n4,5,6\n", {"names": ["x", "y"], "usecols": [2, 0], "header": 0}),
    ("a,b,c\n4,5,6\n", {"names": ["x", "y", "z"], "usecols": ["z", "x"], "header": 0}),
    ("a,b,c\n1,2,3\n", {"usecols": ["c", "a"]}),
    ("a,b,c\n1,2,3\n", {"usecols": [2, 0]}),
    ("a,b,c\n1,2,3\n", {"usecols": ["a", "zz"]}),
    ("a,b,c\n1,2,3\n", {"usecols": ["zz"]}),
    ("a,b,c\n1,2,3\n", {"usecols": [7]}),
    ("junk\nmore\na,b\n1,2\n", {"skiprows": 2}),
    ("a,b\nunits,x\n1,2\n", {"skiprows": [1]}),
    ("note\na,b\n\n1,2\nbad\n3,4\n", {"skiprows": [0, 4]}),
    ("a,b\n1,2\n", {"skiprows": 20}),
    ("\n\n", {}),
    ("a,b\n1,2\n3,4\n", {"nrows": 1}),
    ("a,b\n1,2\n3,4\n", {"nrows": 0}),
    ("a,b\n'x,y',2\n", {"quotechar": "'"}),
    ("a,b\n'x''y',2\n", {"quotechar": "'"}),
    ('a,b\n"x\\"y",2\n', {"escapechar": "\\"}),
    ('a,b\n"x""y",2\n"q\\"r",3\n', {"escapechar": "\\"}),
    ("a,b\nx\\,y,2\n", {"escapechar": "\\"}),
    ("a,b\nx\\n\\y,2\n", {"escapechar": "\\"}),
    ("a,b\nx\\\ny,2\n", {"escapechar": "\\"}),
    ("a,b\n-,2\n3,x\n", {"na_values": ["-", "x"]}),
    ("a,b\n-,2\n3,4\n", {"na_values": "-"}),
    ("a,b\n99,2\n3,4\n", {"na_values": [99]}),
    ("a,b\n99.0,2\n3.5,4\n", {"na_values": [99]}),
    ("a,b\n-1,2\n3,-1\n", {"na_values": "-1"}),
    ("day,b\n1900-01-01,2\n2020-02-03,4\n", {"na_values": "1900-01-01", "parse_dates": ["day"]}),
    ("a,b\nNA,2\nx,4\n", {"keep_default_na": False}),
    ("a,b\nNA,2\n-,5\n", {"keep_default_na": False, "na_values": ["-"]}),
    ('a,b\n"",2\nx,4\n', {}),
    ("a;b\n1,234;2\n5;4\n", {"thousands": ",", "sep": ";"}),
    ("a;b\n1,5;2\n", {"decimal": ",", "sep": ";"}),
    ("a;b\n1.234,5;2\n", {"decimal": ",", "thousands": ".", "sep": ";"}),
    ("a;b\n1 234;2\n", {"thousands": " ", "sep": ";"}),
    ("a,b\n1,2 # note\n3,4#x,y\n", {"comment": "#"}),
    ("a,b\nx,y # note\nz,w#x,y\n", {"comment": "#"}),
    ("a,b# names\n1,2\n# all of it\n3,4\n", {"comment": "#"}),
    ('a,b\n"x#1",2\ny#z,1\n', {"comment": "#"}),
    ("a,b\n;hi\n1,2;x\n", {"comment": ";"}),
    ("a,b\n2020-01-02,2020-03-04\n", {"parse_dates": ["a"]}),
    ("a,b\n2020-01-02,2020-03-04\n", {"parse_dates": [1]}),
    ("a,b\n2020-01-02,x\n", {"parse_dates": ["zz"]}),
    ("a,b\nhello,x\n", {"parse_dates": ["a"]}),
    ("a,b\n2020-01-02,x\n", {"parse_dates": False}),
    ("a,b\n03/04/2020,x\n", {"parse_dates": ["a"], "dayfirst": True}),
    ("a,b\n03/04/2020,x\n", {"parse_dates": ["a"]}),
    ("a,b\n20090101,20090102\n20091231,20090229\n", {"parse_dates": ["a"]}),
    ("a,b\n20090101,x\n,y\n20080229,z\n", {"parse_dates": [0]}),
    ("a,b\n20090101,x\n123,y\n", {"parse_dates": ["b"]}),
    ("a,b\n001,2\n", {"dtype": {"a": "str"}}),
    ("a,b\n001,2\n", {"dtype": "str"}),
    ("a,b\n1,2\n", {"dtype": {"a": "int8", "b": "uint16"}}),
    ("a,b\n-2147483648,4294967295\n", {"dtype": {"a": "int32", "b": "uint32"}}),
    ("a,b\n18446744073709551615,0\n", {"dtype": {"a": "uint64", "b": "uint8"}}),
    ("a,b\n1.5,2\n", {"dtype": {"a": "float32", "b": "float64"}}),
    ("a,b\nTrue,2\n", {"dtype": {"a": "bool"}}),
    ("a,b\n0,2\n1,3\n", {"dtype": {"a": "bool"}}),
    ("a,b\n2,2\n1,3\n", {"dtype": {"b": "bool", "a": "str"}}),
    ("a,b\n00501,2\n-007,3\n", {"dtype": {"a": "int64"}}),
    ("a,b\n+5,+2\n-6,3\n", {"dtype": {"a": "int64", "b": "uint8"}}),
    ("a,b\n007.5,+.5\n1,1e2\n", {"dtype": {"a": "float64", "b": "float64"}}),
    ("a,b\n1.0,2\n2.0,3\n", {"dtype": {"a": "int64"}}),
    ("a;b\n1.234;2\n+05,0;3\n", {"dtype": {"a": "int64"}, "sep": ";", "decimal": ",", "thousands": "."}),
    ("a,b\n+,2\n", {"dtype": {"a": "int64"}}),
    ("a,b\n1,2\n", {"dtype": {"zz": "str"}}),
    ("a,b\nx,2\n", {"dtype": {"a": "int64"}}),
    ("a,b\n1.5,2\n", {"dtype": {"a": "int64"}}),
    ("a\nTrue\nFalse\n", {}),
    ("a\n1e5\n.5\n-2.\n", {}),
]


def show(value):
    if value is None or value is pd.NaT or value != value:
        return None
    if hasattr(value, "item"):
        value = value.item()
    return str(value).lower() if isinstance(value, bool) else str(value)


def read(text, options):
    try:
        frame = pd.read_csv(io.StringIO(text), **options)
    except Exception:
        return {"fails": True}
    return {
        "dtypes": {str(name): str(dtype) for name, dtype in frame.dtypes.items()},
        "rows": [[show(value) for value in row] for row in frame.itertuples(index=False, name=None)],
    }


lines = [json.dumps({"text": text, "options": options, **read(text, options)}) for text, options in CASES]
(pathlib.Path(__file__).parent / "read-csv.ndjson").write_text("\n".join(lines) + "\n")
