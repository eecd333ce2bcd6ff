/** A PDF document of A4 pages, with what all parts of a report are drawn with. Lengths are points: 1/72 inch. */
import type { Fonts } from './fonts.js';

type Document = PDFKit.PDFDocument;

export const MARGIN = 40;
/** Kept free for the line at the bottom. */
export const FOOTER = 34;

export const COLORS = {
  ink: '#1e1b4b',
  text: '#1f2937',
  muted: '#6b7280',
  line: '#e5e7eb',
  soft: '#f5f6ff',
  accent: '#4f46e5',
  good: '#047857',
  bad: '#b91c1c',
  warning: '#92400e',
  warningSoft: '#fffbeb',
} as const;

/** What a text looks like, and where it stands. */
export interface TextOptions {
  readonly size?: number;
  readonly isBold?: boolean;
  readonly color?: string;
  readonly align?: 'left' | 'right';
  /** What is wider is cut, and ends with an ellipsis. */
  readonly width: number;
}

export class Canvas {
  readonly document: Document;
  readonly #fonts: Fonts;
  /** Where the next part begins. */
  y: number = MARGIN;

  constructor(document: Document, fonts: Fonts) {
    this.document = document;
    this.#fonts = fonts;
    document.registerFont('regular', fonts.regular);
    document.registerFont('bold', fonts.bold);
  }

  get width(): number {
    return this.document.page.width - 2 * MARGIN;
  }

  get #bottom(): number {
    return this.document.page.height - MARGIN - FOOTER;
  }

  /** Whether so much fits on the page. */
  fits(height: number): boolean {
    return this.y + height <= this.#bottom;
  }

  newPage(): void {
    this.document.addPage();
    this.y = MARGIN;
  }

  /** One line of text. */
  line(text: string, x: number, y: number, options: TextOptions): void {
    const { color = COLORS.text, align = 'left', width } = options;
    this.#use(options);
    const shown = this.#cut(this.#fonts.drawable(text), width);
    if (shown === '') return;
    const left = align === 'right' ? x + width - this.document.widthOfString(shown) : x;
    this.document.fillColor(color).text(shown, left, y, { lineBreak: false });
  }

  /** Several lines. Returns their height. */
  paragraph(text: string, x: number, y: number, options: TextOptions): number {
    const { color = COLORS.text, width } = options;
    this.#use(options);
    const shown = this.#fonts.drawable(text);
    const height = this.document.heightOfString(shown, { width });
    this.document.fillColor(color).text(shown, x, y, { width });
    return height;
  }

  heightOf(text: string, options: TextOptions): number {
    this.#use(options);
    return this.document.heightOfString(this.#fonts.drawable(text), { width: options.width });
  }

  widthOf(text: string, options: Pick<TextOptions, 'size' | 'isBold'>): number {
    this.#use(options);
    return this.document.widthOfString(this.#fonts.drawable(text));
  }

  box(x: number, y: number, width: number, height: number, color: string, radius = 0): void {
    if (radius > 0) this.document.roundedRect(x, y, width, height, radius).fill(color);
    else this.document.rect(x, y, width, height).fill(color);
  }

  rule(x: number, y: number, width: number, color: string = COLORS.line): void {
    this.document
      .moveTo(x, y)
      .lineTo(x + width, y)
      .lineWidth(0.5)
      .stroke(color);
  }

  #use({ size = 9, isBold = false }: Pick<TextOptions, 'size' | 'isBold'>): void {
    this.document.font(isBold ? 'bold' : 'regular').fontSize(size);
  }

  /** The longest beginning that fits. */
  #cut(text: string, width: number): string {
    if (this.document.widthOfString(text) <= width) return text;
    const characters = [...text];
    let [fits, tooLong] = [0, characters.length];
    while (tooLong - fits > 1) {
      const middle = Math.floor((fits + tooLong) / 2);
      if (this.document.widthOfString(`${characters.slice(0, middle).join('')}…`) <= width) fits = middle;
      else tooLong = middle;
    }
    return `${characters.slice(0, fits).join('').trimEnd()}…`;
  }
}
