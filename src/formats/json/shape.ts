import { FormatError } from "../source.ts";
import { JsonText } from "./json-text.ts";
import type { JsonScanner } from "./scanner.ts";
import { TypeNode } from "./type-node.ts";
import { readMemberKey, type Sequence, showValue, walkSequence } from "./walk.ts";

/** pandas' names for the ways a table can be laid out in JSON. */
export type Orient = "records" | "columns" | "index" | "split" | "values" | "table";

/** Members of one object that are remembered; of larger objects only the number is known. */
const MAX_MEMBERS = 5000;
/** Column rows between two remembered offsets. */
export const COLUMN_STEP = 256;
const MAX_COLUMN_CHECKPOINTS = 1_000_000;

/** One member of the document's outer object, or of an object in it. */
export interface Member {
  readonly key: string;
  readonly kind: "scalar" | "array" | "object";
  /** Where its value starts. */
  readonly offset: number;
  /** The text of a scalar string. */
  readonly text?: string;
  readonly members?: ObjectSurvey;
  readonly column?: ColumnSurvey;
}

/** What is known of an object after one pass. */
export interface ObjectSurvey {
  readonly members: Member[];
  readonly count: number;
}

/** What is known of an array (or object) that may be a column: its type, its length, and where every 256th element starts. */
export interface ColumnSurvey {
  readonly node: TypeNode;
  readonly sequence: Sequence;
  rows: number;
  readonly checkpoints: number[];
  /** Offset of the closing bracket. */
  end: number;
  /** The labels of an object's values, in brief, to see whether two columns have the same. */
  labels: number;
  areLabelsNumbers: boolean;
}

/** Where a table lies in the document. */
export type Location =
  | {
      kind: "records";
      name: string | undefined;
      offset: number;
      sequence: Sequence;
      /** Records are arrays whose elements are columns. */
      isTuple: boolean;
      /** Names of a tuple's columns. */
      names?: string[];
      /** Nothing may follow in the file. */
      isDocument?: boolean;
    }
  | { kind: "columns"; columns: { name: string; survey: ColumnSurvey }[] };

/** Surveys the object at which the scanner stands, in one pass, checking its syntax. Two levels of objects are entered. */
export async function surveyObject(scanner: JsonScanner, dates: boolean, depth = 0): Promise<ObjectSurvey> {
  const text = new JsonText();
  const members: Member[] = [];
  let count = 0;
  let checkpoints = 0;
  scanner.at++;
  if ((await scanner.peek()) === 125) {
    scanner.at++;
    return { members, count };
  }
  for (;;) {
    const key = await readMemberKey(scanner, text);
    const first = await scanner.peek();
    const offset = scanner.offset;
    let member: Member;
    if (first === 91) {
      const column = await surveyColumn(scanner, "array", dates);
      checkpoints += column.checkpoints.length;
      member = { key, kind: "array", offset, column };
    } else if (first === 123 && depth < 2) {
      const members = await surveyObject(scanner, dates, depth + 1);
      member = { key, kind: "object", offset, members };
    } else {
      await scanner.findValue();
      showValue(scanner, text);
      text.skipValue();
      if (text.at !== text.end) text.failUnexpected("the end of the value");
      scanner.at = scanner.valueEnd;
      member = {
        key,
        kind: first === 123 ? "object" : "scalar",
        offset,
        ...(first === 34 && { text: text.stringText() }),
      };
    }
    if (checkpoints > MAX_COLUMN_CHECKPOINTS) {
      throw new FormatError(
        `The columns hold more than ${(MAX_COLUMN_CHECKPOINTS * COLUMN_STEP) / 1e6} million values. Upload the table as NDJSON, one record a line.`,
      );
    }
    count++;
    if (members.length < MAX_MEMBERS) members.push(member);
    const next = await scanner.peek();
    if (next === 44) {
      scanner.at++;
      continue;
    }
    if (next !== 125)
      scanner.fail(next === -1 ? "The data ends before the object is closed." : 'A comma or "}" should stand here.');
    scanner.at++;
    return { members, count };
  }
}

/** Learns the type of the values of an array or object at which the scanner stands, and where they are. */
export async function surveyColumn(scanner: JsonScanner, sequence: Sequence, dates: boolean): Promise<ColumnSurvey> {
  const survey: ColumnSurvey = {
    node: new TypeNode(1),
    sequence,
    rows: 0,
    checkpoints: [],
    end: 0,
    labels: 0,
    areLabelsNumbers: true,
  };
  await walkSequence(scanner, sequence, false, (text, offset, key) => {
    if (survey.rows++ % COLUMN_STEP === 0) survey.checkpoints.push(offset);
    if (key !== undefined) {
      for (let i = 0; i < key.length; i++) survey.labels = (Math.imul(survey.labels, 31) + key.charCodeAt(i)) | 0;
      survey.labels = (Math.imul(survey.labels, 31) + 1) | 0;
      if (!/^\d+$/.test(key)) survey.areLabelsNumbers = false;
    }
    survey.node.learn(text, dates);
  });
  survey.end = scanner.offset - 1;
  return survey;
}
