import { type Data, Field, List, makeData, Struct } from "apache-arrow";
import { ColumnBuilder, growWords } from "./column-builders.ts";

/** Lists; append the elements to `element`, then close the list. */
export class ListBuilder extends ColumnBuilder {
  readonly type: List;
  readonly element: ColumnBuilder;
  #offsets = new Int32Array(64);

  constructor(element: ColumnBuilder) {
    super();
    this.element = element;
    this.type = new List(new Field("item", element.type, true));
  }

  closeList(): void {
    this.#close(1);
  }

  appendNull(): void {
    this.#close(0);
  }

  #close(valid: 0 | 1): void {
    this.#offsets = growWords(this.#offsets, this.length + 2);
    this.#offsets[this.length + 1] = this.element.length;
    this.validity.push(valid);
  }

  finish(): Data {
    return makeData({
      type: this.type,
      ...this.describeNulls(),
      valueOffsets: this.#offsets.subarray(0, this.length + 1),
      child: this.element.finish(),
    });
  }
}

/** Structs; append to any children, then close: children that got nothing get a null. */
export class StructBuilder extends ColumnBuilder {
  readonly type: Struct;
  readonly children: ColumnBuilder[];

  constructor(names: readonly string[], children: ColumnBuilder[]) {
    super();
    this.children = children;
    this.type = new Struct(children.map((child, i) => new Field(names[i]!, child.type, true)));
  }

  closeStruct(): void {
    this.#close(1);
  }

  appendNull(): void {
    this.#close(0);
  }

  #close(valid: 0 | 1): void {
    this.validity.push(valid);
    const { length, children } = this;
    for (let i = 0; i < children.length; i++) {
      const child = children[i]!;
      if (child.length < length) child.appendNull();
    }
  }

  finish(): Data {
    return makeData({
      type: this.type,
      ...this.describeNulls(),
      children: this.children.map((child) => child.finish()),
    });
  }
}
