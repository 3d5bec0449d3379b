import { describe, expect, it } from "vitest";
import { CsvOptionsError, parseCsvOptions } from "../../../src/formats/csv/parse-options.ts";

describe("parseCsvOptions", () => {
  it("takes the names and values of pandas", () => {
    expect(
      parseCsvOptions({
        sep: ";",
        header: null,
        names: ["a", "b"],
        usecols: ["a", 1],
        skiprows: 2,
        nrows: 10,
        quotechar: "'",
        escapechar: "\\",
        encoding: "latin1",
        na_values: ["-", 99],
        thousands: ".",
        decimal: ",",
        comment: "#",
        parse_dates: ["b"],
        dtype: { a: "str", b: "datetime64[ns]" },
      }),
    ).toEqual({
      sep: ";",
      header: null,
      names: ["a", "b"],
      usecols: ["a", 1],
      skiprows: 2,
      nrows: 10,
      quotechar: "'",
      escapechar: "\\",
      encoding: "latin1",
      naValues: ["-", "99", "99.0"],
      thousands: ".",
      decimal: ",",
      comment: "#",
      parseDates: ["b"],
      dtype: { a: "VARCHAR", b: "TIMESTAMP" },
    });
    expect(parseCsvOptions({ header: "infer" })).toEqual({});
  });

  it("lists everything that is unknown or wrong", () => {
    const failure = (() => {
      try {
        parseCsvOptions({
          seperator: ";",
          skiprows: -1,
          encoding: "klingon",
          dtype: { a: "uuid" },
          names: ["a", "a"],
          quotechar: "ab",
        });
      } catch (error) {
        return error;
      }
    })() as CsvOptionsError;
    expect(failure).toBeInstanceOf(CsvOptionsError);
    expect(failure.issues.map((issue) => issue.path).sort()).toEqual([
      "dtype.a",
      "encoding",
      "names",
      "quotechar",
      "seperator",
      "skiprows",
    ]);
    // pandas takes longer separators for regular expressions, and refuses two of them.
    for (const sep of ["[,;]", "\\|+", ",|;"]) expect(() => parseCsvOptions({ sep })).toThrow(/no regular expression/);
    for (const sep of ["||", "::", "\\s+", "\\t", " +", "|"]) expect(parseCsvOptions({ sep })).toEqual({ sep });
    expect(() => parseCsvOptions({ sep: ",", delimiter: ";" })).toThrow(/either sep or delimiter/);
    expect(failure.issues[0]!.message).toMatch(/^is not known\. Known options are sep, delimiter, header/);
  });
});
