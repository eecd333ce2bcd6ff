/** The fonts of PDF files: DejaVu Sans has Latin, Greek and Cyrillic letters, and a free licence to embed it. */
import { readFile } from 'node:fs/promises';

// Not imported: a bundler would follow `require.resolve`, and take each font for a module.
const { createRequire } = process.getBuiltinModule('node:module');
const require = createRequire(import.meta.url);

export interface Fonts {
  readonly regular: Buffer;
  readonly bold: Buffer;
  /** The text with a box in the place of each character that the fonts do not have, such as 漢 or an emoji. */
  drawable(text: string): string;
}

const BOX = '□';

let loaded: Promise<Fonts> | undefined;

/** Read once, when first needed. */
export function loadFonts(): Promise<Fonts> {
  loaded ??= readFonts().catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  return loaded;
}

async function readFonts(): Promise<Fonts> {
  // Put together at run time, for the same reason.
  const read = (name: string) => readFile(require.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`));
  const [regular, bold, fontkit] = await Promise.all([read('DejaVuSans'), read('DejaVuSans-Bold'), import('fontkit')]);
  const fonts = [regular, bold].map((file) => fontkit.create(file));
  const codePoints = fonts.map((font) => new Set('characterSet' in font ? font.characterSet : []));
  // What both fonts have, so that a text may be drawn in either.
  const has = (character: string) => codePoints.every((known) => known.has(character.codePointAt(0) ?? 0));
  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
  return {
    regular,
    bold,
    drawable(text) {
      if ([...text].every(has)) return text;
      // An emoji may be of many characters, and gets one box.
      const shown = [...graphemes.segment(text)].map(({ segment }) => ([...segment].every(has) ? segment : BOX));
      return shown.join('');
    },
  };
}
