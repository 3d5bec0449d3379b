import type { Data } from "apache-arrow";
import { FormatError } from "../source.ts";

/** Turns stored variants into JSON text. */
export function variantsToJson(_storage: Data): Data {
  throw new FormatError("Variant columns cannot be read yet.");
}
