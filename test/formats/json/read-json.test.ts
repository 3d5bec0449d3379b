import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkJson, type JsonOptions, readJson } from "../../../src/formats/json/read-json.ts";
import { FormatError } from "../../../src/formats/source.ts";
import { createMemorySource } from "../memory-source.ts";
import { collectRows } from "./arrow-rows.ts";

const corpus = join(import.meta.dirname, "../../../../shared/corpora/json/JSONTestSuite");
const vega = join(import.meta.dirname, "../../../node_modules/vega-datasets/data");

const sourceOf = (text: string, chunkSize?: number) => createMemorySource(new TextEncoder().encode(text), chunkSize);

async function read(text: string, options: JsonOptions = {}, chunkSize = 5) {
  const tables = await readJson(sourceOf(text, chunkSize), options);
  const [table] = tables;
  const types = Object.fromEntries(table!.schema.fields.map(({ name, type }) => [name, String(type)]));
  return { tables, types, rows: await collectRows(table!) };
}

describe("layouts", () => {
  const rows = [
    { a: 1n, b: "x" },
    { a: 2n, b: "y" },
  ];

  it.each<[string, string, JsonOptions]>([
    ["an array of records", '[{"a":1,"b":"x"}, {"b":"y","a":2}]', {}],
    ["NDJSON", '{"a":1,"b":"x"}\n\n{"a":2,"b":"y"}\r\n', {}],
    ["NDJSON by option", '{"a":1,"b":"x"}\n{"a":2,"b":"y"}', { lines: true }],
    ["an object of columns", '{"a":[1,2],"b":["x","y"]}', {}],
    ["columns with metadata beside them", '{"agent_name":"client","a":[1,2],"agent_version":"1","b":["x","y"]}', {}],
    ["columns of row labels", '{"a":{"0":1,"1":2},"b":{"0":"x","1":"y"}}', {}],
    ["columns of text labels by option", '{"a":{"p":1,"q":2},"b":{"p":"x","q":"y"}}', { orient: "columns" }],
    ["orient index", '{"p":{"a":1,"b":"x"},"q":{"a":2,"b":"y"}}', { orient: "index" }],
    ["orient split", '{"columns":["a","b"],"index":[0,1],"data":[[1,"x"],[2,"y"]]}', {}],
    ["orient table", '{"schema":{"fields":[{"name":"a"}]},"data":[{"a":1,"b":"x"},{"a":2,"b":"y"}]}', {}],
    ["an answer around the records", '{"status":"ok","results":[{"a":1,"b":"x"},{"a":2,"b":"y"}]}', {}],
    ["a byte order mark", '\ufeff[{"a":1,"b":"x"},{"a":2,"b":"y"}]', {}],
  ])("reads %s", async (_, text, options) => {
    for (const chunkSize of [1, 3, 1000]) expect((await read(text, options, chunkSize)).rows).toEqual(rows);
  });

  it("names the columns of orient values by position", async () => {
    expect((await read('[[1,"x"],[2,"y",true]]')).rows).toEqual([
      { 0: 1n, 1: "x", 2: null },
      { 0: 2n, 1: "y", 2: true },
    ]);
  });

  it("reads features, several arrays of records, and single values", async () => {
    const features = await read('{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"n":1}}]}');
    expect(features.rows).toEqual([{ type: "Feature", properties: { n: 1n } }]);
    const graph = await read('{"nodes":[{"id":1}],"links":[{"from":1,"to":2},{"from":1,"to":3}]}');
    expect(graph.tables.map(({ name, rowCount }) => [name, rowCount])).toEqual([
      ["nodes", 1],
      ["links", 2],
    ]);
    expect((await read("[1,2.5,null]")).rows).toEqual([{ value: 1 }, { value: 2.5 }, { value: null }]);
    expect((await read('{"a":1,"b":{"c":[]}}')).rows).toEqual([{ a: 1n, b: { c: [] } }]);
    expect((await read("[]")).tables[0]!.schema.fields).toEqual([]);
  });

  it("says what does not fit the layout", async () => {
    await expect(read('{"a":[1,2],"b":[1]}')).rejects.toThrow(/"a" has 2 values, "b" has 1/);
    await expect(read('{"a":1}', { orient: "records" })).rejects.toThrow(/needs an array of objects/);
    await expect(read("[1]", { orient: "columns" })).rejects.toThrow(/needs an object/);
    await expect(read('{"a":{"p":1},"b":{"q":1}}', { orient: "columns" })).rejects.toThrow(/different row labels/);
    await expect(read('{"a":1}{"a":2}')).rejects.toThrow("Line 1, column 8: More data follows");
  });
});

describe("types", () => {
  it("keeps whole numbers exact", async () => {
    const { types, rows } = await read(
      '[{"i":9007199254740993,"n":-9223372036854775808,"u":18446744073709551615,"d":-18446744073709551616,"h":99999999999999999999999999999999999999,"m":1,"f":1}, {"m":-1e3,"f":1000000000000000000000000000000000000000}]',
    );
    expect(types).toEqual({
      i: "Int64",
      n: "Int64",
      u: "Uint64",
      d: "Decimal[38e0]",
      h: "Decimal[38e0]",
      m: "Float64",
      f: "Float64",
    });
    expect(rows[0]).toEqual({
      i: 9007199254740993n,
      n: -9223372036854775808n,
      u: 18446744073709551615n,
      d: -18446744073709551616n,
      h: 99999999999999999999999999999999999999n,
      m: 1,
      f: 1,
    });
    expect(rows[1]).toMatchObject({ m: -1000, f: 1e39, i: null });
    expect((await read('[{"a":18446744073709551615},{"a":-1}]')).rows[1]).toEqual({ a: -1n });
  });

  it("reads ISO dates and timestamps, as UTC", async () => {
    const text =
      '[{"d":"1969-12-31","t":"2020-01-01T01:30:00.5+01:30","z":"2020-02-30","x":"2020-01-01"},{"d":null,"t":"0001-01-01 00:00:00Z","x":"n/a"}]';
    const { tables, types } = await read(text);
    expect(types).toEqual({ d: "Date32<DAY>", t: "Timestamp<MICROSECOND>", z: "Utf8", x: "Utf8" });
    for await (const batch of tables[0]!.batches()) {
      expect([...batch.getChild("d")!.data[0]!.values]).toEqual([-1, 0]);
      const micros = batch.getChild("t")!.data[0]!.values as BigInt64Array;
      expect([...micros]).toEqual([BigInt(Date.UTC(2020, 0, 1)) * 1000n + 500_000n, -62_135_596_800_000_000n]);
    }
    expect((await read(text, { convertDates: false })).types).toMatchObject({ d: "Utf8", t: "Utf8" });
  });

  it("keeps mixed values as text, JSON where nested", async () => {
    const { rows, tables } = await read(
      '[{"s":1,"j":{"a":[1, 2]},"k":[]},{"s":"one","j":"x"},{"s":true,"j":null,"k":[null]}]',
    );
    expect(rows).toEqual([
      { s: "1", j: '{"a":[1, 2]}', k: [] },
      { s: "one", j: '"x"', k: null },
      { s: "true", j: null, k: [null] },
    ]);
    expect(tables[0]!.schema.fields.map(({ metadata }) => metadata.get("eider:type"))).toEqual([
      undefined,
      "json",
      undefined,
    ]);
  });

  it("learns from the whole file, nested too", async () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `{"id":${i},"v":{"x":[{"y":${i < 2999 ? i : '"last"'}}]}}`);
    const { rows, types } = await read(`${lines.join("\n")}\n{"new":[1.5]}`, {}, 4096);
    expect(types).toEqual({ id: "Int64", v: "Struct<{x:List<Struct<{y:Utf8}>>}>", new: "List<Float64>" });
    expect(rows[2999]).toEqual({ id: 2999n, v: { x: [{ y: "last" }] }, new: null });
    expect(rows[3000]).toEqual({ id: null, v: null, new: [1.5] });
  });

  it("falls back to JSON text where keys are data", async () => {
    const record = (i: number) => `{"scores":{"user${i}":1}}`;
    const { types, rows } = await read(Array.from({ length: 400 }, (_, i) => record(i)).join("\n"), {}, 1000);
    expect(types).toEqual({ scores: "Utf8" });
    expect(rows[399]).toEqual({ scores: '{"user399":1}' });
  });

  it("reads any batch on its own", async () => {
    const text = Array.from({ length: 60_000 }, (_, i) => `{"id":${i},"pad":"${"x".repeat(i % 300)}"}`).join("\n");
    const [table] = await readJson(sourceOf(text, 65_536), {});
    const firsts: unknown[] = [];
    for await (const batch of table!.batches()) firsts.push(batch.getChild("id")!.get(0));
    expect(firsts.length).toBeGreaterThan(2);
    for (let i = 0; i < firsts.length; i++) {
      for await (const batch of table!.batches(i)) {
        expect(batch.getChild("id")!.get(0)).toBe(firsts[i]);
        break;
      }
    }
    const columns = `{"id":[${Array.from({ length: 60_000 }, (_, i) => i)}],"pad":[${Array.from({ length: 60_000 }, () => `"${"x".repeat(200)}"`)}]}`;
    const [byColumn] = await readJson(sourceOf(columns, 65_536), {});
    const rows = await collectRows(byColumn!);
    expect(rows.map(({ id }) => Number(id))).toEqual(Array.from({ length: 60_000 }, (_, i) => i));
    expect((await collectRows(byColumn!, 1))[0]).toEqual(rows[rows.length - (await collectRows(byColumn!, 1)).length]);
  });

  it("returns every JSON value that JSON.parse returns", async () => {
    const value = fc.jsonValue({ maxDepth: 3, noUnicodeString: false });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.constantFrom("a", "b", "c"), value, { maxKeys: 3 }), { minLength: 1 }),
        async (records) => {
          const text = JSON.stringify(records);
          await checkJson(sourceOf(text, 7));
          const [table] = await readJson(sourceOf(text, 7), { convertDates: false });
          expect(table!.rowCount).toBe(records.length);
          await collectRows(table!);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("vega-datasets, against JSON.parse", () => {
  const asPlain = (value: unknown): unknown => {
    if (typeof value === "bigint") return Number(value);
    if (Array.isArray(value)) return value.map(asPlain);
    if (value === null || typeof value !== "object") return value;
    const entries = Object.entries(value).map(([key, item]) => [key, asPlain(item)] as const);
    const present = entries.filter(([, item]) => item !== null);
    return present.length === 0 ? null : Object.fromEntries(present);
  };
  const files = [
    "barley.json",
    "budget.json",
    "cars.json",
    "earthquakes.json",
    "flights-5k.json",
    "football.json",
    "weekly-weather.json",
  ];

  it.each(files)("reads %s", async (file) => {
    const bytes = readFileSync(join(vega, file));
    const parsed = JSON.parse(bytes.toString()) as unknown[] | { features: unknown[] };
    const [table] = await readJson(createMemorySource(bytes, 10_000), { convertDates: false });
    const isText = (name: string) =>
      table!.schema.fields.find((field) => field.name === name)!.metadata.has("eider:type");
    const rows = (await collectRows(table!)).map((row) =>
      asPlain(
        Object.fromEntries(
          Object.entries(row).map(([key, item]) => [
            key,
            isText(key) && item !== null ? JSON.parse(item as string) : item,
          ]),
        ),
      ),
    );
    const expected = (Array.isArray(parsed) ? parsed : parsed.features).map(asPlain);
    const stringify = (value: unknown) => JSON.stringify(value);
    expect(rows.length).toBe(expected.length);
    const texts = new Set(table!.schema.fields.filter(({ type }) => String(type) === "Utf8").map(({ name }) => name));
    for (const [i, row] of rows.entries()) {
      const record = expected[i] as Record<string, unknown>;
      for (const [key, item] of Object.entries(record ?? {})) {
        const found = (row as Record<string, unknown>)[key];
        if (texts.has(key) && typeof item !== "object") expect(found, key).toBe(String(item));
        else if (!stringify(found)?.includes("[[")) expect(sortKeys(found), key).toEqual(sortKeys(item));
      }
    }
  });
});

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sortKeys(item)]),
  );
}

describe("bad input", () => {
  it.each([
    ["", /empty/],
    ["   ", /empty/],
    ['[{"a":1},]', 'Line 1, column 10: There is "]" where a value'],
    ['[{"a":1,}]', 'Line 1, column 9: There is "}" where a key'],
    ['[\n {"a": 1},\n {"a": tru}\n]', "Line 3, column 8"],
    ['{"a":1}\n{"a":2', "Line 2, column 7: The data ends where"],
    ['{"a":NaN}', /NaN and Infinity are not JSON/],
    ['[{"a":1,"b":2,"a":3}]', 'Line 1, column 15: The key "a" stands twice in one object'],
    ['["\\ud800"]', /half of a surrogate pair/],
    ['["\\udc00\\ud800"]', /half of a surrogate pair/],
    ["[".repeat(10_000) + "]".repeat(10_000), /nested more than 1000 deep/],
    [`${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`, /nested more than 1000 deep/],
    [`{"x":[${"[".repeat(10_000)}`, /nested more than 1000 deep/],
    ['{"a\\"b":1}\n{"a"b":2}', "Line 2, column 5"],
    ["[1][2]", "Line 1, column 4: More data follows"],
    ['{"a":[1,2,"b":[3]}', "Line 1, column 14"],
    ["PK\u0003\u0004zip", 'Line 1, column 1: There is "P"'],
    ["a,b\n1,2\n", 'Line 1, column 1: There is "a"'],
    ['{"é":"ü", x}', "Line 1, column 11: A key in double quotes"],
  ])("refuses %j", async (text, message) => {
    await expect(read(text, {}, 100)).rejects.toThrow(message);
    await expect(read(text, {}, 1000)).rejects.toThrow(FormatError);
  });

  it("refuses UTF-16, other encodings, and records that are too long", async () => {
    const utf16 = new Uint8Array([0xff, 0xfe, 0x5b, 0, 0x5d, 0]);
    await expect(readJson(createMemorySource(utf16), {})).rejects.toThrow(/UTF-16/);
    const latin = new Uint8Array([0x5b, 0x22, 0xe9, 0x22, 0x5d]);
    await expect(readJson(createMemorySource(latin), {})).rejects.toThrow(/not UTF-8/);
    const long = `[{"a":"${"x".repeat(17 * 1024 ** 2)}"}]`;
    await expect(readJson(sourceOf(long, 1 << 20), {})).rejects.toThrow(/record is longer than 16 MiB/);
    const wide = `{${Array.from({ length: 5000 }, (_, i) => `"k${i}":1`)}}`;
    await expect(readJson(sourceOf(`${wide}\n${wide}`, 1 << 20), {})).rejects.toThrow(/more than 4096 different keys/);
  });

  it("refuses a sample truncated at 20 positions", async () => {
    const sample = JSON.stringify(
      Array.from({ length: 50 }, (_, i) => ({ id: i, name: `n${i}`, tags: ["a", { b: null }] })),
    );
    for (let i = 0; i < 20; i++) {
      const cut = sample.slice(0, Math.floor((sample.length * i) / 20));
      await expect(read(cut, {}, 64)).rejects.toThrow(FormatError);
    }
  });
});

describe.skipIf(!existsSync(corpus))(`JSONTestSuite (${corpus}; skipped when absent)`, () => {
  const directory = join(corpus, "test_parsing");
  const files = existsSync(directory) ? readdirSync(directory) : [];
  const check = async (file: string) => {
    const source = createMemorySource(readFileSync(join(directory, file)), 100);
    const outcome = (error: unknown) => (error instanceof FormatError ? "refused" : `crashed: ${String(error)}`);
    const accepted = () => "accepted";
    return [
      await checkJson(source).then(accepted, outcome),
      await readJson(source, {})
        .then(async (tables) => {
          for (const table of tables) await collectRows(table);
          return "accepted";
        })
        .catch(outcome),
    ];
  };

  it("accepts the y_ texts, refuses the n_ texts, and decides on the i_ texts", async () => {
    const counts = { y: 0, n: 0, i: 0 };
    for (const file of files) {
      const kind = file[0] as "y" | "n" | "i";
      const [syntax, table] = await check(file);
      if (kind === "n") expect([file, syntax, table]).toEqual([file, "refused", "refused"]);
      if (kind === "y") {
        const hasTwins = file.includes("duplicated_key");
        expect([file, syntax, table]).toEqual([file, "accepted", hasTwins ? "refused" : "accepted"]);
      }
      if (kind === "i") expect(["accepted", "refused"]).toContain(table);
      counts[kind]++;
    }
    expect(counts.y).toBeGreaterThanOrEqual(45);
    expect(counts.n).toBeGreaterThanOrEqual(90);
  });
});
