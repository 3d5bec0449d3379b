import { ByteWriter } from "../result/byte-writer.ts";
import { writeBase64 } from "../result/number-text.ts";
import { writeTimestamp } from "../result/temporal-text.ts";

const decoder = new TextDecoder();

/** Microseconds since 1970 as `YYYY-MM-DD HH:MM:SS[.ffffff]`, as DuckDB prints a timestamp. */
export function timestampText(microseconds: bigint): string {
  const out = new ByteWriter(40);
  writeTimestamp(out, microseconds, 1_000_000);
  const text = decoder.decode(out.take()).replace("T", " ").replace("Z", "");
  return text.includes(".") ? text.replace(/0+$/, "") : text;
}

/** Nanoseconds since 1970, the same way with up to nine digits. */
export function nanosecondsText(nanoseconds: bigint): string {
  const out = new ByteWriter(40);
  writeTimestamp(out, nanoseconds, 1_000_000_000);
  const text = decoder.decode(out.take()).replace("T", " ").replace("Z", "");
  return text.includes(".") ? text.replace(/0+$/, "") : text;
}

/** Bytes as base64. */
export function base64Text(bytes: Uint8Array): string {
  const out = new ByteWriter(Math.ceil(bytes.length / 3) * 4);
  writeBase64(out, bytes, 0, bytes.length);
  return decoder.decode(out.take());
}

/** 16 bytes as a UUID. */
export function uuidText(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
