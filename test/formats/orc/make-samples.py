"""Writes samples/*.orc with Apache ORC's own writer (pyarrow 25) and the rows they hold as samples/all-types.ndjson.gz."""
import datetime, decimal, gzip, json, pathlib, random
import pyarrow as pa
import pyarrow.orc as orc

out = pathlib.Path(__file__).parent / "samples"
random.seed(7)
decimal.getcontext().prec = 60
D = decimal.Decimal
epoch = datetime.datetime(1970, 1, 1)


def row(i):
    null = lambda value, every: None if i % every == every - 1 else value
    outlier = random.randint(0, 50) if i % 97 else random.randint(10**9, 10**12)
    return {
        "sequence": i * 3 - 500,
        "repeated": (i // 50) % 7,
        "random": random.randint(-(2**63), 2**63 - 1),
        "outliers": null(outlier - 10, 13),
        "wide": (-1) ** i * 2 ** (i % 63),
        "i8": null(i % 256 - 128, 5),
        "i16": i * 37 % 65536 - 32768,
        "i32": null(random.randint(-(2**31), 2**31 - 1), 7),
        "f32": null(random.randint(-1000, 1000) / 8, 11),
        "f64": null(random.random() * 10 ** (i % 40), 3),
        "flag": null(i % 3 == 0, 4),
        "text": null(f"row {i} – {'é' * (i % 5)}", 6),
        "word": null(["alpha", "beta", "gamma", ""][i % 4], 9),
        "bytes": null(bytes([i % 256, 0, 255]) * (i % 3), 8),
        "money": null(D(random.randint(-(10**8), 10**8)).scaleb(-2), 10),
        "huge": D(random.randint(-(10**37), 10**37)).scaleb(-10),
        "day": null(datetime.date(1970, 1, 1) + datetime.timedelta(days=i * 41 - 25000), 12),
        "moment": null(epoch + datetime.timedelta(microseconds=(i - 600) * 86_400_123_457), 14),
        "instant": null(epoch + datetime.timedelta(seconds=i * 1_000_000), 15),
        "numbers": null([j * i for j in range(i % 5)], 6),
        "pairs": null([(f"k{j}", None if j == 2 else j * 1.5) for j in range(i % 4)], 7),
        "point": null({"x": i, "label": None if i % 4 == 0 else f"p{i}"}, 5),
        "nested": null([{"a": None if j % 2 else j, "b": ["z"] * j} for j in range(i % 3)], 8),
        "nothing": None,
    }


rows = [row(i) for i in range(1200)]
schema = pa.schema([
    ("sequence", pa.int64()), ("repeated", pa.int32()), ("random", pa.int64()), ("outliers", pa.int64()), ("wide", pa.int64()),
    ("i8", pa.int8()), ("i16", pa.int16()), ("i32", pa.int32()), ("f32", pa.float32()), ("f64", pa.float64()), ("flag", pa.bool_()),
    ("text", pa.string()), ("word", pa.string()), ("bytes", pa.binary()), ("money", pa.decimal128(10, 2)), ("huge", pa.decimal128(38, 10)),
    ("day", pa.date32()), ("moment", pa.timestamp("ns")), ("instant", pa.timestamp("ns", "UTC")), ("numbers", pa.list_(pa.int32())),
    ("pairs", pa.map_(pa.string(), pa.float64())), ("point", pa.struct([("x", pa.int64()), ("label", pa.string())])),
    ("nested", pa.list_(pa.struct([("a", pa.int32()), ("b", pa.list_(pa.string()))]))), ("nothing", pa.string()),
])
table = pa.Table.from_pylist(rows, schema=schema)


def plain(value, key=None):
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, D):
        return str(value.quantize(D(1).scaleb(-2 if key == "money" else -10)))
    if isinstance(value, datetime.datetime):
        delta = value - epoch
        return {"microseconds": (delta.days * 86400 + delta.seconds) * 10**6 + delta.microseconds}
    if isinstance(value, datetime.date):
        return {"days": (value - datetime.date(1970, 1, 1)).days}
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return str(value)
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return [{"key": key, "value": item} for key, item in value]
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


with gzip.GzipFile(out / "all-types.ndjson.gz", "wb", mtime=0) as file:
    for item in rows:
        file.write((json.dumps({key: plain(value, key) for key, value in item.items()}) + "\n").encode())

for name, options in {
    "v1-uncompressed": {"compression": "uncompressed", "file_version": "0.11"},
    "v1-zlib": {"compression": "zlib", "file_version": "0.11", "dictionary_key_size_threshold": 1},
    "v2-zlib-dictionary": {"compression": "zlib", "dictionary_key_size_threshold": 1},
    "v2-snappy": {"compression": "snappy"},
    "v2-lz4": {"compression": "lz4"},
    "v2-zstd": {"compression": "zstd"},
}.items():
    orc.write_table(table, out / f"{name}.orc", **options)
long = pa.table({"id": list(range(100_000)), "text": [f"{i % 1000}" + "x" * 90 for i in range(100_000)]})
orc.write_table(long, out / "stripes.orc", compression="zlib", stripe_size=8192, batch_size=5000, dictionary_key_size_threshold=0)
wide = {f"c{i}": [None if j % 11 == i % 11 else j * (i + 1) % 1009 for j in range(3000)] for i in range(120)}
wide |= {f"t{i}": [f"{(j + i) % 50}-{j % 7}" for j in range(3000)] for i in range(60)}
orc.write_table(pa.table(wide), out / "wide.orc", compression="zstd")
orc.write_table(table.slice(0, 0), out / "no-rows.orc")
