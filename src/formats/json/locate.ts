import { FormatError } from "../source.ts";
import type { ColumnSurvey, Location, Member, ObjectSurvey, Orient } from "./shape.ts";
import { Kind } from "./type-node.ts";

/** Reads one column that is an object of labels and values. */
export type ReadLabelled = (member: Member) => Promise<ColumnSurvey>;
/** Reads an array of column names. */
export type ReadNames = (member: Member) => Promise<string[]>;

/** How a document of one object may be read; undefined when it is a single record. */
export async function locateTables(
  survey: ObjectSurvey,
  orient: Orient | undefined,
  readLabelled: ReadLabelled,
  readNames: ReadNames,
): Promise<Location[] | undefined> {
  if (orient === "index") {
    return [{ kind: "records", name: undefined, offset: 0, sequence: "members", isTuple: false }];
  }
  if (orient === "records" || orient === "values") {
    throw new FormatError(
      `The file holds one object; orient "${orient}" needs an array of ${orient === "records" ? "objects" : "arrays"}.`,
    );
  }
  const find = (key: string, kind: Member["kind"]) =>
    survey.members.find((member) => member.key === key && member.kind === kind);
  const data = find("data", "array");
  const columns = find("columns", "array");
  if (orient === "split" || (orient === undefined && isSplit(survey, columns, data))) {
    if (data === undefined || columns === undefined) throw missing("split", '"columns" and "data"');
    const names = await readNames(columns);
    return [{ kind: "records", name: undefined, offset: data.offset, sequence: "array", isTuple: true, names }];
  }
  if (orient === "table" || (orient === undefined && data !== undefined && isTableSchema(find("schema", "object")))) {
    if (data === undefined) throw missing("table", '"data"');
    return [recordsAt(data)];
  }
  if (orient === undefined) {
    const geographic = locateGeography(survey);
    if (geographic !== undefined) return geographic;
  }
  return locateColumns(survey, orient, readLabelled);
}

function missing(orient: Orient, members: string): FormatError {
  return new FormatError(`With orient "${orient}" the file must be an object with the array ${members}.`);
}

function recordsAt(member: Member, name?: string): Location {
  return { kind: "records", name, offset: member.offset, sequence: "array", isTuple: false };
}

function isSplit(survey: ObjectSurvey, columns: Member | undefined, data: Member | undefined): boolean {
  if (columns === undefined || data === undefined || survey.count > 3) return false;
  return data.column!.node.kinds === Kind.array && columns.column!.node.kinds === Kind.string;
}

function isTableSchema(schema: Member | undefined): boolean {
  return schema?.members?.members.some(({ key, kind }) => key === "fields" && kind === "array") ?? false;
}

/** GeoJSON (RFC 7946): the features. TopoJSON: the geometries of each object. */
function locateGeography(survey: ObjectSurvey): Location[] | undefined {
  const type = survey.members.find(({ key }) => key === "type")?.text;
  if (type === "FeatureCollection") {
    const features = survey.members.find(({ key, kind }) => key === "features" && kind === "array");
    if (features !== undefined) return [recordsAt(features)];
  }
  if (type === "Topology") {
    const objects = survey.members.find(({ key, kind }) => key === "objects" && kind === "object");
    const tables = (objects?.members?.members ?? []).flatMap((object) => {
      const geometries = object.members?.members.find(({ key, kind }) => key === "geometries" && kind === "array");
      return geometries === undefined ? [] : [recordsAt(geometries, object.key)];
    });
    if (tables.length > 0) return tables;
  }
  return undefined;
}

async function locateColumns(
  survey: ObjectSurvey,
  orient: Orient | undefined,
  readLabelled: ReadLabelled,
): Promise<Location[] | undefined> {
  if (survey.count > survey.members.length) {
    if (orient === undefined) return undefined;
    throw new FormatError(`The object has ${survey.count} columns; at most ${survey.members.length} are read.`);
  }
  const arrays = survey.members.filter(({ kind }) => kind === "array");
  const objects = survey.members.filter(({ kind }) => kind === "object");
  if (arrays.length > 0 && objects.length === 0) {
    // Arrays of objects are tables of their own: an answer with its "results", a graph's "nodes" and "links".
    if (orient === undefined && arrays.every(({ column }) => column!.node.kinds === Kind.object)) {
      return arrays.map((array) => recordsAt(array, arrays.length > 1 ? array.key : undefined));
    }
    return [alignColumns(arrays.map(({ key, column }) => ({ name: key, survey: column! })))];
  }
  const isLabelled = arrays.length === 0 && objects.length === survey.count && objects.length > 0;
  if (isLabelled && (orient === "columns" || objects.every(isNumbered))) {
    const columns = [];
    for (const object of objects) columns.push({ name: object.key, survey: await readLabelled(object) });
    return [alignColumns(columns)];
  }
  if (orient === "columns" && survey.count > 0) {
    throw new FormatError(
      'With orient "columns" every column must be an array, or every column an object of row labels.',
    );
  }
  return undefined;
}

function isNumbered(object: Member): boolean {
  const members = object.members?.members ?? [];
  return members.length > 0 && members.every(({ key }) => /^\d+$/.test(key));
}

/** Columns of one length and, where they have row labels, of the same labels in the same order. */
function alignColumns(columns: { name: string; survey: ColumnSurvey }[]): Location {
  const [first] = columns;
  const names = new Set<string>();
  for (const { name, survey } of columns) {
    if (names.has(name)) throw new FormatError(`The column "${name}" stands twice in the file. Rename one of them.`);
    names.add(name);
    if (survey.rows !== first!.survey.rows) {
      throw new FormatError(
        `The columns differ in length: "${first!.name}" has ${first!.survey.rows} values, "${name}" has ${survey.rows}. Make them equal; a single record belongs in an array.`,
      );
    }
    if (survey.labels !== first!.survey.labels) {
      throw new FormatError(
        `The columns "${first!.name}" and "${name}" have different row labels. Give each the same ones.`,
      );
    }
  }
  return { kind: "columns", columns };
}
