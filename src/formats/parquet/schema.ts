import { Field, List, Map_, Schema, Struct, Utf8 } from "apache-arrow";
import type { FileMetaData, SchemaElement } from "hyparquet";
import { uniqueNames } from "../arrow/unique-names.ts";
import { FormatError } from "../source.ts";
import { chooseLeafType, type LeafType } from "./logical.ts";
import { physicalWidth } from "./page-values.ts";

/** A column as Parquet stores it: one chunk per row group. */
export interface Leaf {
  /** Ordinal of its chunk in every row group. */
  readonly index: number;
  readonly path: string;
  readonly element: SchemaElement;
  /** Bytes per stored value, or undefined for byte strings. */
  readonly width: number | undefined;
  readonly maxDefinition: number;
  readonly maxRepetition: number;
  readonly type: LeafType;
}

/** One field of the table, with the definition levels at which it is there and its values are not null. */
export type Node = LeafNode | StructNode | ListNode | VariantNode;

export interface LeafNode {
  readonly kind: "leaf";
  readonly field: Field;
  readonly leaf: Leaf;
}

export interface StructNode {
  readonly kind: "struct";
  readonly field: Field;
  readonly definition: number;
  readonly children: readonly Node[];
}

/** A list, or a map (whose element is a struct of key and value). */
export interface ListNode {
  readonly kind: "list";
  readonly field: Field;
  /** From here on the list is not null. */
  readonly definition: number;
  /** From here on the list has an element. */
  readonly elementDefinition: number;
  readonly repetition: number;
  readonly element: Node;
}

/** A value of any type, given out as JSON text. Its parts are read as what they are stored as. */
export interface VariantNode {
  readonly kind: "variant";
  readonly field: Field;
  readonly definition: number;
  readonly storage: StructNode;
}

export interface ParquetTable {
  readonly schema: Schema;
  readonly columns: readonly Node[];
  readonly leaves: readonly Leaf[];
}

interface Tree {
  readonly element: SchemaElement;
  readonly children: readonly Tree[];
}

const MAX_DEPTH = 100;

/** Turns a footer's schema into Arrow fields and the plan by which they are put together. Throws `FormatError` for a damaged one. */
export function planTable(metadata: FileMetaData): ParquetTable {
  const root = buildTree(metadata.schema);
  if (root.children.length === 0) throw new FormatError("The Parquet file has no columns.");
  const leaves: Leaf[] = [];
  const names = uniqueNames(root.children.map((child) => child.element.name));
  const columns = root.children.map((child, i) => planNode(child, names[i]!, leaves, [], 0, 0));
  return { schema: new Schema(columns.map((column) => column.field)), columns, leaves };
}

function buildTree(schema: readonly SchemaElement[]): Tree {
  let next = 0;
  const build = (depth: number): Tree => {
    const element = schema[next++];
    if (!element || depth > MAX_DEPTH || typeof element.name !== "string") {
      throw new FormatError("The schema in the Parquet file's footer is damaged.");
    }
    const children: Tree[] = [];
    for (let i = 0; i < (element.num_children ?? 0); i++) children.push(build(depth + 1));
    return { element, children };
  };
  const root = build(0);
  if (next !== schema.length) throw new FormatError("The schema in the Parquet file's footer is damaged.");
  return root;
}

/** `definition` and `repetition` are the levels of the enclosing field. */
function planNode(
  tree: Tree,
  name: string,
  leaves: Leaf[],
  path: readonly string[],
  definition: number,
  repetition: number,
): Node {
  const { element } = tree;
  if (element.repetition_type === "REPEATED") {
    // Repeated without a list around it: a list that is never null.
    const plain = { ...tree, element: { ...element, repetition_type: "REQUIRED" as const } };
    const inner = planNode(plain, "element", leaves, [...path, element.name], definition + 1, repetition + 1);
    return listOf(name, inner, definition, definition + 1, repetition + 1);
  }
  const own = definition + (element.repetition_type === "OPTIONAL" ? 1 : 0);
  const below = [...path, element.name];
  if (tree.children.length === 0) {
    if (element.type === undefined) {
      throw new FormatError(
        `Column "${below.join(".")}" of the Parquet file is a group without fields, which cannot be read.`,
      );
    }
    return planLeaf(element, name, leaves, below, own, repetition);
  }
  const annotation = element.logical_type?.type ?? element.converted_type;
  const only = tree.children.length === 1 ? tree.children[0]! : undefined;
  if (only?.element.repetition_type === "REPEATED") {
    if (annotation === "LIST") return planList(tree, only, name, leaves, below, own, repetition);
    if (annotation === "MAP" || annotation === "MAP_KEY_VALUE") {
      if (only.children.length === 2) return planMap(only, name, leaves, below, own, repetition);
    }
  }
  const names = uniqueNames(tree.children.map((child) => child.element.name));
  const children = tree.children.map((child, i) => planNode(child, names[i]!, leaves, below, own, repetition));
  const field = new Field(name, new Struct(children.map((child) => child.field)), true);
  const struct: StructNode = { kind: "struct", field, definition: own, children };
  if (annotation === "VARIANT") {
    return { kind: "variant", field: new Field(name, new Utf8(), true), definition: own, storage: struct };
  }
  return struct;
}

function planLeaf(
  element: SchemaElement,
  name: string,
  leaves: Leaf[],
  path: readonly string[],
  definition: number,
  repetition: number,
): LeafNode {
  const type = chooseLeafType(element);
  const leaf: Leaf = {
    index: leaves.length,
    path: path.join("."),
    element,
    width: physicalWidth(element.type!, element.type_length),
    maxDefinition: definition,
    maxRepetition: repetition,
    type,
  };
  leaves.push(leaf);
  return { kind: "leaf", field: new Field(name, type.type, true, type.metadata && new Map(type.metadata)), leaf };
}

/** Lists as written today (`list` > `element`) and by older writers, told apart by the format's compatibility rules. */
function planList(
  tree: Tree,
  repeated: Tree,
  name: string,
  leaves: Leaf[],
  path: readonly string[],
  definition: number,
  repetition: number,
): ListNode {
  const only = repeated.children.length === 1 ? repeated.children[0]! : undefined;
  const repeatedName = repeated.element.name;
  const isElement =
    !only ||
    only.element.repetition_type === "REPEATED" ||
    repeatedName === "array" ||
    repeatedName === `${tree.element.name}_tuple`;
  const below = [...path, repeatedName];
  const element = isElement
    ? planNode(asRequired(repeated), "element", leaves, path, definition + 1, repetition + 1)
    : planNode(only, "element", leaves, below, definition + 1, repetition + 1);
  return listOf(name, element, definition, definition + 1, repetition + 1);
}

function planMap(
  entries: Tree,
  name: string,
  leaves: Leaf[],
  path: readonly string[],
  definition: number,
  repetition: number,
): ListNode {
  const below = [...path, entries.element.name];
  const key = planNode(entries.children[0]!, "key", leaves, below, definition + 1, repetition + 1);
  const value = planNode(entries.children[1]!, "value", leaves, below, definition + 1, repetition + 1);
  const struct = new Struct([key.field.clone({ nullable: false }), value.field]);
  const entry = new Field("entries", struct, false);
  const type = new Map_(entry as ConstructorParameters<typeof Map_>[0], false);
  return {
    kind: "list",
    field: new Field(name, type, true),
    definition,
    elementDefinition: definition + 1,
    repetition: repetition + 1,
    element: { kind: "struct", field: entry, definition: definition + 1, children: [key, value] },
  };
}

function listOf(
  name: string,
  element: Node,
  definition: number,
  elementDefinition: number,
  repetition: number,
): ListNode {
  const field = new Field(name, new List(element.field), true);
  return { kind: "list", field, definition, elementDefinition, repetition, element };
}

function asRequired(tree: Tree): Tree {
  return { ...tree, element: { ...tree.element, repetition_type: "REQUIRED" } };
}
