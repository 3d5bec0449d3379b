import { AppError, invalidField } from "../../core/errors.ts";

/** What can be wrong with the form itself, each as a sentence for whoever sent it. */

export const noBoundary = () =>
  new AppError(
    "invalid_request",
    "The Content-Type of a form needs its boundary: “multipart/form-data; boundary=…”. Let your HTTP library set this header itself.",
  );

export const emptyForm = () => new AppError("invalid_request", "The form is empty: its body has 0 bytes.");

export const boundaryNotFound = (boundary: string) =>
  new AppError(
    "invalid_request",
    `The body does not begin with the boundary “${boundary}” that its Content-Type names. Let your HTTP library set both.`,
  );

/** `where`: the part that was being read, as `describePart` puts it. */
export const cutOff = (where: string, cause?: unknown) =>
  new AppError(
    "invalid_request",
    `The form breaks off ${where}; its last boundary never came. Send it again.`,
    {},
    { cause },
  );

export const malformedHeaders = (ordinal: number, why: string) =>
  new AppError("invalid_request", `Part ${ordinal} of the form cannot be read: ${why}.`);

export const encodedPart = (name: string, encoding: string) =>
  invalidField(
    name,
    `Content-Transfer-Encoding “${encoding}” is not used in forms; send the part's bytes as they are.`,
  );

export const fieldTooLarge = (name: string, limit: number) =>
  new AppError(
    "payload_too_large",
    `${name}: a field that is not a file may have at most ${limit} bytes. Files need a filename in their part.`,
    {
      members: { limit_bytes: limit },
    },
  );

export const tooManyParts = (limit: number) =>
  new AppError("payload_too_large", `The form has more than ${limit} parts, which is the most that is read.`, {
    members: { limit },
  });
