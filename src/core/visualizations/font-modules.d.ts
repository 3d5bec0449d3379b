/** Fonts come as data modules: `rules` of wrangler.toml. */
declare module "*.woff2" {
  const bytes: ArrayBuffer;
  // biome-ignore lint/style/noDefaultExport: the shape of a data module import
  export default bytes;
}
