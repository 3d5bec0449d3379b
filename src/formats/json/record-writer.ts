import type { Field } from "apache-arrow";
import type { JsonText } from "./json-text.ts";
import { Kind, type TypeNode } from "./type-node.ts";
import { createWriter, describeField, type ValueWriter, writeFields } from "./value-writers.ts";

/** Writes whole records into columns: objects by key, rows by position, or anything into one column. */
export class RecordWriter {
  readonly writers: ValueWriter[];
  readonly #node: TypeNode;
  readonly #layout: RecordLayout;
  length = 0;

  constructor(node: TypeNode) {
    this.#node = node;
    this.#layout = chooseLayout(node);
    this.writers =
      this.#layout === "value" ? [createWriter(node)] : node.fields.map((field) => createWriter(field.node));
  }

  write(text: JsonText): void {
    this.length++;
    text.skipSpace();
    if (this.#layout === "value") {
      this.writers[0]!.write(text);
      return;
    }
    if (text.bytes[text.at] === 110) text.readLiteral();
    else if (this.#layout === "object") writeFields(text, this.#node, this.writers);
    else if (!text.open(93)) {
      let index = 0;
      do this.writers[index++]!.write(text);
      while (text.readComma(93));
    }
    for (const { builder } of this.writers) if (builder.length < this.length) builder.appendNull();
  }
}

type RecordLayout = "object" | "tuple" | "value";

/** Whether records become columns by key, by position, or one column named `value`. */
export function chooseLayout(node: TypeNode): RecordLayout {
  if (node.kinds === Kind.object) return "object";
  return node.kinds === Kind.array && node.isTuple ? "tuple" : node.kinds === 0 ? "object" : "value";
}

/** The columns of records with the given node: names and Arrow fields. */
export function describeRecords(node: TypeNode, names?: readonly string[]): Field[] {
  if (chooseLayout(node) === "value") return [describeField("value", node, createWriter(node).builder.type)];
  return node.fields.map(({ key, index, node: child }) =>
    describeField(names?.[index] ?? key, child, createWriter(child).builder.type),
  );
}

/** Bytes that a row takes in Arrow whatever its values: 8 for each column and struct field. */
export function estimateRowWidth(node: TypeNode): number {
  const fields = node.fields.reduce((sum, field) => sum + estimateRowWidth(field.node), 0);
  return Math.max(8, fields);
}
