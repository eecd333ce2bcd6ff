/** Texts of other people (names of products and organizations) in files that programs open. */

/** What is longer is shortened: no name needs more, and a cell of Excel holds 32,767 characters. */
const LONGEST = 500;

/** Control characters, which XML does not take; those that reverse the direction of what follows; halves of characters. */
const UNWANTED = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF\uFFFE\uFFFF\p{Cs}]+/gu;

/** One line that every format can hold. */
export function cleanText(text: string, longest = LONGEST): string {
  const line = text.replace(UNWANTED, ' ').replace(/\s+/g, ' ').trim();
  if (line.length <= longest) return line;
  // Not in the middle of a character that is two units long.
  return `${line.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/**
 * What spreadsheets take for the beginning of a formula, also behind space, and in the wide forms that some Excel versions
 * read the same: https://owasp.org/www-community/attacks/CSV_Injection
 */
const FORMULA = /^[\s\u200B-\u200D\u2060]*[=+\-@＝＋－＠]/u;

/** A text of a CSV cell: with an apostrophe where a spreadsheet would otherwise calculate it. */
export function plainCell(text: string): string {
  const clean = cleanText(text);
  return FORMULA.test(clean) ? `'${clean}` : clean;
}
