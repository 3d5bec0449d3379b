/** The text that make-samples.py compresses. */
export const SAMPLE_TEXT = Array.from({ length: 12_000 }, (_, i) => `${i},${(i * 7919) % 10007},name ${i % 97}\n`).join(
  "",
);
