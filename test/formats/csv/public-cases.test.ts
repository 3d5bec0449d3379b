import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CsvOptions } from "../../../src/formats/csv/dialect.ts";
import { openTableReader } from "../../core/ingest/csv/read-table.ts";

interface Case {
  /** The project whose tests, documentation or output the text is in the manner of, and that says how it is to be read. */
  readonly source: string;
  readonly text: string;
  readonly options?: CsvOptions;
  readonly names: readonly string[];
  readonly types?: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

const CASES: readonly Case[] = [
  {
    source:
      "pandas test_index_col.py, test_infer_index_col: a header with a name less leaves the first column without one",
    text: "A,B,C\nfoo,1,2,3\nbar,4,5,6\nbaz,7,8,9\n",
    names: ["column_1", "A", "B", "C"],
    types: ["VARCHAR", "BIGINT", "BIGINT", "BIGINT"],
    rows: [
      ["foo", "1", "2", "3"],
      ["bar", "4", "5", "6"],
      ["baz", "7", "8", "9"],
    ],
  },
  {
    source: "R, write.table(mtcars): names of rows have no name themselves",
    text: '"mpg" "cyl" "disp"\n"Mazda RX4" 21 6 160\n"Mazda RX4 Wag" 21 6 160\n"Datsun 710" 22.8 4 108\n',
    names: ["column_1", "mpg", "cyl", "disp"],
    types: ["VARCHAR", "DOUBLE", "BIGINT", "BIGINT"],
    rows: [
      ["Mazda RX4", "21.0", "6", "160"],
      ["Mazda RX4 Wag", "21.0", "6", "160"],
      ["Datsun 710", "22.8", "4", "108"],
    ],
  },
  {
    source:
      "pandas test_mangle_dupes.py, test_mangled_unnamed_placeholders: a frame without names of its own, written with its index",
    text: ",0\n0,1\n1,2\n2,3\n",
    names: ["column_1", "0"],
    types: ["BIGINT", "BIGINT"],
    rows: [
      ["0", "1"],
      ["1", "2"],
      ["2", "3"],
    ],
  },
  {
    source: "World Bank's tables: a column a year",
    text: "country,code,2019,2020,2021\nGermany,DE,15,25,35\nFrance,FR,35,45,55\nItaly,IT,1,2,3\n",
    names: ["country", "code", "2019", "2020", "2021"],
    types: ["VARCHAR", "VARCHAR", "BIGINT", "BIGINT", "BIGINT"],
    rows: [
      ["Germany", "DE", "15", "25", "35"],
      ["France", "FR", "35", "45", "55"],
      ["Italy", "IT", "1", "2", "3"],
    ],
  },
  {
    source: "the same kind of row where years are the values",
    text: "Smith,2019,2020\nJones,2018,2021\nBrown,2001,2002\n",
    names: ["column_1", "column_2", "column_3"],
    rows: [
      ["Smith", "2019", "2020"],
      ["Jones", "2018", "2021"],
      ["Brown", "2001", "2002"],
    ],
  },
  {
    source: "JHU CSSE's time series: a column a day",
    text: "region,1/22/20,1/23/20,1/24/20\nA,0,1,5\nB,2,3,4\nC,4,4,9\n",
    names: ["region", "1/22/20", "1/23/20", "1/24/20"],
    types: ["VARCHAR", "BIGINT", "BIGINT", "BIGINT"],
    rows: [
      ["A", "0", "1", "5"],
      ["B", "2", "3", "4"],
      ["C", "4", "4", "9"],
    ],
  },
  {
    source: "pandas test_file_buffer_url.py, test_eof_states: a last line of spaces is no row",
    text: "a,b,c\n4,5,6\n ",
    names: ["a", "b", "c"],
    rows: [["4", "5", "6"]],
  },
  {
    source: "pandas, frame[['name']].to_csv: one column, whose quoted cells hold commas",
    text: 'name\n"Doe, John"\n"Roe, Jane"\nPlain\n',
    names: ["name"],
    rows: [["Doe, John"], ["Roe, Jane"], ["Plain"]],
  },
  {
    source: "csv.writer with QUOTE_ALL: one column, and a line end in a cell",
    text: '"text"\n"a; b\nc; d"\n"e"\n"f; g"\n',
    names: ["text"],
    rows: [["a; b\nc; d"], ["e"], ["f; g"]],
  },
  {
    source: "pandas, to_csv(index=False, decimal=','): one column of numbers",
    text: 'v\n"1,5"\n"2,25"\n3\n',
    names: ["v"],
    types: ["DOUBLE"],
    rows: [["1.5"], ["2.25"], ["3.0"]],
  },
  {
    source: "Excel: a header in which most columns have no name is no title, which would stand above one",
    text: "id,,,\n1,2,3,4\n5,6,7,8\n",
    names: ["id", "column_2", "column_3", "column_4"],
    rows: [
      ["1", "2", "3", "4"],
      ["5", "6", "7", "8"],
    ],
  },
  {
    source: "pandas: names in the middle alone",
    text: ",x,\n1,2,3\n4,5,6\n",
    names: ["column_1", "x", "column_3"],
    rows: [
      ["1", "2", "3"],
      ["4", "5", "6"],
    ],
  },
  {
    source: "Excel: a title above a header",
    text: "Report 2024,,\nid,name,v\n1,a,2\n2,b,3\n",
    names: ["id", "name", "v"],
    rows: [
      ["1", "a", "2"],
      ["2", "b", "3"],
    ],
  },
  {
    source: "Excel: a first line that tells the delimiter",
    text: "sep=;\na;b\n1;2,5\n3;4,5\n",
    names: ["a", "b"],
    types: ["BIGINT", "DOUBLE"],
    rows: [
      ["1", "2.5"],
      ["3", "4.5"],
    ],
  },
  {
    source: "German banks: keys and values above the table",
    text: "Kontonummer;DE12 3456\nVon;01.01.2020\nBis;31.01.2020\n\nBuchungstag;Betrag;Text\n02.01.2020;-1.234,56;Miete\n15.01.2020;2.000,00;Gehalt\n31.01.2020;-9,99;Abo\n",
    names: ["Buchungstag", "Betrag", "Text"],
    types: ["DATE", "DOUBLE", "VARCHAR"],
    rows: [
      ["2020-01-02", "-1234.56", "Miete"],
      ["2020-01-15", "2000.0", "Gehalt"],
      ["2020-01-31", "-9.99", "Abo"],
    ],
  },
  {
    source: "readr test-read-table.R, read_table2: columns aligned with spaces",
    text: "foo bar\n1 2\n3   4\n5     6\n",
    names: ["foo", "bar"],
    types: ["BIGINT", "BIGINT"],
    rows: [
      ["1", "2"],
      ["3", "4"],
      ["5", "6"],
    ],
  },
  {
    source: "pandas, DataFrame.to_string(): columns aligned with spaces",
    text: "name  age  city\n Ann    5  Rome\n Bob   16  Oslo\n Cid    7 Paris\n",
    names: ["name", "age", "city"],
    types: ["VARCHAR", "BIGINT", "VARCHAR"],
    rows: [
      ["Ann", "5", "Rome"],
      ["Bob", "16", "Oslo"],
      ["Cid", "7", "Paris"],
    ],
  },
  {
    source:
      "pandas usecols/test_usecols_basic.py, test_incomplete_first_row: a first row that lacks its last cell is a row",
    text: "1,2\n1,2,3\n",
    options: { names: ["a", "b", "c"] },
    names: ["a", "b", "c"],
    rows: [
      ["1", "2", null],
      ["1", "2", "3"],
    ],
  },
  {
    source: "CPython test_csv.py, TestSniffer, sample1 (without header)",
    text: "Harry's, Arlington Heights, IL, 2/1/03, Kimi Hayes\nShark City, Glendale Heights, IL, 12/28/02, Prezence\n",
    names: ["column_1", "column_2", "column_3", "column_4", "column_5"],
    rows: [
      ["Harry's", "Arlington Heights", "IL", "2003-02-01", "Kimi Hayes"],
      ["Shark City", "Glendale Heights", "IL", "2002-12-28", "Prezence"],
    ],
  },
  {
    source: "CPython test_csv.py, TestSniffer, sample2: apostrophes around cells",
    text: "'Harry''s':'IL':'2/1/03'\n'Shark City':'IL':'12/28/02'\n'Stonecutters ''Seafood'' and Chop House':'IL':'12/19/02'\n",
    names: ["column_1", "column_2", "column_3"],
    rows: [
      ["Harry's", "IL", "2003-02-01"],
      ["Shark City", "IL", "2002-12-28"],
      ["Stonecutters 'Seafood' and Chop House", "IL", "2002-12-19"],
    ],
  },
  {
    source: "CleverCSV test_console.py, test_detect_base: an escaped delimiter in a header",
    text: "A\\,0,B,C\n1,2,3\n4,5,6\n",
    names: ["A,0", "B", "C"],
    types: ["BIGINT", "BIGINT", "BIGINT"],
    rows: [
      ["1", "2", "3"],
      ["4", "5", "6"],
    ],
  },
  {
    source: "Go encoding/csv, CommaFieldTest",
    text: 'x,y,z,w\nx,y,z,\nx,y,,\nx,,,\n,,,\n"x","y","z","w"\n"x","","",""\n"","","",""\n',
    options: { header: null },
    names: ["column_1", "column_2", "column_3", "column_4"],
    rows: [
      ["x", "y", "z", "w"],
      ["x", "y", "z", null],
      ["x", "y", null, null],
      ["x", null, null, null],
      [null, null, null, null],
      ["x", "y", "z", "w"],
      ["x", null, null, null],
      [null, null, null, null],
    ],
  },
  {
    source: "csvkit examples/realdata/browser_usage.csv: a space behind each comma",
    text: "Year, Firefox, Chrome, IE\n2002, None, None, 85.8\n2004, 0, None, 84.7\n2011, 42.8, 23.8, 26.6\n",
    names: ["Year", "Firefox", "Chrome", "IE"],
    types: ["BIGINT", "DOUBLE", "DOUBLE", "DOUBLE"],
    rows: [
      ["2002", null, null, "85.8"],
      ["2004", "0.0", null, "84.7"],
      ["2011", "42.8", "23.8", "26.6"],
    ],
  },
  {
    source: "readr test-read-csv.R (668, 784): spaces before quotes, a line end in a name",
    text: '"x\nx","y"\n1, "hi,there"\n3,4\n',
    names: ["x\nx", "y"],
    rows: [
      ["1", "hi,there"],
      ["3", "4"],
    ],
  },
  {
    source: "pandas, DataFrame.to_markdown() without its frame: bars between spaces",
    text: "id | name | v\n1 | a | 2.5\n2 | b c | 3.5\n",
    names: ["id", "name", "v"],
    rows: [
      ["1", "a", "2.5"],
      ["2", "b c", "3.5"],
    ],
  },
  {
    source: "MovieLens, movies.dat: two colons between cells",
    text: "1::Toy Story (1995)::Animation|Comedy\n2::Jumanji (1995)::Adventure\n3::Heat: a film (1995)::Action|Crime\n",
    names: ["column_1", "column_2", "column_3"],
    rows: [
      ["1", "Toy Story (1995)", "Animation|Comedy"],
      ["2", "Jumanji (1995)", "Adventure"],
      ["3", "Heat: a film (1995)", "Action|Crime"],
    ],
  },
  {
    source: "pandas test_python_parser_only.py, test_multi_char_sep_quotes: two bars between cells",
    text: "a||b||c\n1||2||3\n4||5||6\n",
    names: ["a", "b", "c"],
    rows: [
      ["1", "2", "3"],
      ["4", "5", "6"],
    ],
  },
  {
    source: "numpy.savetxt(header='x y'): a mark before the names",
    text: "#  x      y\n   1.0   2.0\n   4.0   5.0\n  17.0   8.0\n",
    names: ["x", "y"],
    types: ["DOUBLE", "DOUBLE"],
    rows: [
      ["1.0", "2.0"],
      ["4.0", "5.0"],
      ["17.0", "8.0"],
    ],
  },
  {
    source: "pandas test_common_basic.py, test_ignore_leading_whitespace: a space before each line",
    text: " a b c\n 1 2 3\n 4 5 6\n 7 8 9",
    names: ["a", "b", "c"],
    rows: [
      ["1", "2", "3"],
      ["4", "5", "6"],
      ["7", "8", "9"],
    ],
  },
  {
    source: "addresses of RFC 4291, which have two colons once",
    text: "address\nfe80::1\n2001:db8::42\nff02::2\n",
    names: ["address"],
    rows: [["fe80::1"], ["2001:db8::42"], ["ff02::2"]],
  },
  {
    source: "VCF 4.2: names in the last of the comments above",
    text: "##fileformat=VCFv4.2\n##source=x\n#CHROM\tPOS\tID\tREF\n20\t14370\trs6054257\tG\n20\t17330\t.\tT\n",
    names: ["CHROM", "POS", "ID", "REF"],
    types: ["BIGINT", "BIGINT", "VARCHAR", "VARCHAR"],
    rows: [
      ["20", "14370", "rs6054257", "G"],
      ["20", "17330", ".", "T"],
    ],
  },
  {
    source: "pandas test_comment.py, test_comment_skiprows: comments above a header are none",
    text: "# made by x\n# one, two, three\na,b,c\n1,2,3\n4,5,6\n",
    names: ["a", "b", "c"],
    rows: [
      ["1", "2", "3"],
      ["4", "5", "6"],
    ],
  },
  {
    source: "prose with two spaces in each line",
    text: "Shall I compare  thee to a\nsummers day  thou art more lovely\nand  more temperate rough winds do\n",
    options: { header: null },
    names: ["column_1"],
    rows: [
      ["Shall I compare  thee to a"],
      ["summers day  thou art more lovely"],
      ["and  more temperate rough winds do"],
    ],
  },
  {
    source: "British departments' expenses: Windows-1252 that was turned into UTF-8 as if it were Latin-1",
    text: "trip \u0096 when,cost\nDublin 7 \u0096 8 Feb,5\n\u0091Rome\u0092 \u0085,6\n",
    names: ["trip – when", "cost"],
    rows: [
      ["Dublin 7 – 8 Feb", "5"],
      ["‘Rome’ …", "6"],
    ],
  },
];

describe("texts in the manner of other projects' tests read as those say", () => {
  let reader: Awaited<ReturnType<typeof openTableReader>>;
  beforeAll(async () => {
    reader = await openTableReader();
  });
  afterAll(() => reader.close());

  it.each(CASES)("$source", async ({ text, options, names, types, rows }) => {
    const table = await reader.read(text, options);
    expect(table.rejects).toBe(0);
    expect(table.names).toEqual(names);
    if (types !== undefined) expect(table.columns.map((column) => column.type)).toEqual(types);
    expect(table.cells).toEqual(rows);
  });
});
