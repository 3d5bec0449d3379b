// Writes the files beside it with Polars: npm install --no-save nodejs-polars@0.21.1 && node write-files.cjs
const polars = require("nodejs-polars");

const numbers = polars.DataFrame({ x: Float64Array.from({ length: 4_300_000 }, (_, i) => i % 7) });
const texts = polars.DataFrame({
  id: Float64Array.from({ length: 20_000 }, (_, i) => i),
  text: Array.from({ length: 20_000 }, (_, i) =>
    i % 11 === 0 ? null : i % 3 === 0 ? "short" : `a text that is longer, number ${i % 400}`,
  ),
});
for (const compression of ["lz4", "zstd"]) {
  numbers.writeIPC(`${__dirname}/numbers-${compression}.arrow`, { compression });
  texts.writeIPC(`${__dirname}/texts-${compression}.arrow`, { compression });
}
// The texts lie in another order than they are referred to.
texts.sort("text").writeIPC(`${__dirname}/sorted-lz4.arrow`, { compression: "lz4" });
