/** The first bytes of a stream, at most `most`; `isWhole`: there are no more. */
export async function readSample(stream: ReadableStream<Uint8Array>, most: number) {
  const reader = stream.getReader();
  const sample = new Uint8Array(most);
  let length = 0;
  let isWhole = false;
  try {
    while (length < most) {
      const { done, value } = await reader.read();
      if (done) {
        isWhole = true;
        break;
      }
      const part = value.subarray(0, most - length);
      sample.set(part, length);
      length += part.length;
    }
  } finally {
    await reader.cancel();
  }
  return { sample: sample.subarray(0, length), isWhole };
}
