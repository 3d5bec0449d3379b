/**
 * Advance widths of Inter Regular for the characters from space to tilde, in thousandths of the font size, from the font's `hmtx`
 * table. Texts are measured with them while a picture is laid out, as there is no browser to ask.
 */
const INTER_WIDTHS =
  "281 288 466 633 642 982 644 300 365 365 501 662 288 460 288 360 631 407 610 618 646 593 620 566 619 620 288 302 662 662 662 511 966 690 654 730 722 601 590 746 743 269 571 672 565 903 753 765 639 765 644 642 646 744 690 985 682 679 629 365 360 365 471 456 323 562 612 571 612 583 370 613 591 242 242 549 242 876 591 600 612 612 376 528 327 591 562 818 546 562 552 426 333 426 662"
    .split(" ")
    .map((width) => Number(width) / 1000);
/** Inter SemiBold is about this much wider. */
const SEMIBOLD = 1.025;
const OTHER_WIDTH = 0.62;
const WIDE_WIDTH = 1;
/** Chinese, Japanese, Korean and pictographs are as wide as they are high. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\u{1f000}-\u{3fffd}]/u;

/** The width of a text in pixels. @param font a CSS font such as `600 20px Inter` */
export function measureText(text: string, font: string): number {
  const size = Number(/([\d.]+)px/.exec(font)?.[1] ?? 12);
  const isBold = /(^|\s)(bold|[6-9]00)\s/.test(font);
  let width = 0;
  for (const character of text) {
    const known = INTER_WIDTHS[(character.codePointAt(0) ?? 0) - 32];
    width += known ?? (WIDE.test(character) ? WIDE_WIDTH : OTHER_WIDTH);
  }
  return width * size * (isBold ? SEMIBOLD : 1);
}
