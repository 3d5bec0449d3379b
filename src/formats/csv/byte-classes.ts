/** What a byte can be part of. A cell's bytes, or-ed together, tell which types it may have. */
export const DIGIT = 1;
export const MINUS = 2;
export const PLUS = 4;
export const DOT = 8;
export const EXPONENT = 16;
export const COLON = 32;
export const SPACE = 64;
/** `T` and `Z`, which timestamps contain. */
export const ISO_LETTER = 128;
export const LETTER = 256;
export const SLASH = 512;
export const COMMA = 1024;
/** Everything else that is printable ASCII. */
export const SYMBOL = 2048;
/** Control characters, NUL among them. */
export const CONTROL = 4096;
/** Bytes of characters beyond ASCII. */
export const HIGH = 8192;
/** Set by the scanner alone: the byte ends a cell or needs a closer look. */
export const STOP = 1 << 20;

/** Class of each byte value. */
export const BYTE_CLASS: Int32Array = createByteClasses();

function createByteClasses(): Int32Array {
  const classes = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    const char = String.fromCharCode(byte);
    if (byte >= 128) classes[byte] = HIGH;
    else if (char >= "0" && char <= "9") classes[byte] = DIGIT;
    else if (char === "-") classes[byte] = MINUS;
    else if (char === "+") classes[byte] = PLUS;
    else if (char === ".") classes[byte] = DOT;
    else if (char === "e" || char === "E") classes[byte] = EXPONENT;
    else if (char === ":") classes[byte] = COLON;
    else if (char === " ") classes[byte] = SPACE;
    else if (char === "T" || char === "Z") classes[byte] = ISO_LETTER;
    else if (/[a-z]/i.test(char)) classes[byte] = LETTER;
    else if (char === "/") classes[byte] = SLASH;
    else if (char === ",") classes[byte] = COMMA;
    else if (byte < 32 || byte === 127) classes[byte] = CONTROL;
    else classes[byte] = SYMBOL;
  }
  return classes;
}
