/** What is known of an organization's days, by integration, and which days may still change. */
import { countUnion, type DayRange, earlierOf, overlap } from './day-range.js';
import { FIGURES, type Figures } from './metric-figures.js';

/** What is known of one integration's days. */
export interface IntegrationCoverage {
  readonly integrationId: string;
  /** The platform's id: `shopify`. */
  readonly platform: string;
  /**
   * The days of the range of which nothing is known, in order: no read has covered them, and there are no records of them.
   * Days that have not begun are among them.
   */
  readonly unknown: readonly DayRange[];
  /**
   * From this day on its figures are not final: the day was not over when it was last read, or the platform may restate it.
   * Undefined where the integration has never been read to the end.
   */
  readonly provisionalFrom: string | undefined;
}

/** One that is not read any more has no new figures to wait for. */
export interface KnownIntegration extends IntegrationCoverage {
  readonly isDisabled: boolean;
  /** The figures that its records are counted for. */
  readonly feeds: readonly (keyof Figures)[];
}

/** A range of an organization's days. */
export class Coverage {
  /** ISO 4217: what the organization's metrics are in. */
  readonly currency: string;
  readonly integrations: readonly KnownIntegration[];
  readonly #today: string;

  constructor(currency: string, integrations: readonly KnownIntegration[], today: string) {
    this.currency = currency;
    this.integrations = integrations;
    this.#today = today;
  }

  /** The integrations of which a day is unknown. */
  unknownOn(day: string): string[] {
    return this.integrations
      .filter(({ unknown }) => unknown.some(({ from, to }) => day >= from && day <= to))
      .map(({ integrationId }) => integrationId);
  }

  /** How many days of a range are unknown of at least one integration; those that have not begun are left out. */
  countUnknown(range: DayRange): number {
    const begun = { from: range.from, to: earlierOf(range.to, this.#today) };
    const unknown = this.integrations.flatMap((one) => one.unknown);
    return countUnion(unknown.map((one) => overlap(one, begun)).filter((one) => one !== undefined));
  }

  /** The figures of a day that may be incomplete, or may still change, as an integration that feeds them is not known to its end. */
  uncertainOn(day: string): (keyof Figures)[] {
    if (day >= this.#today) return [...FIGURES];
    const isOpen = (one: KnownIntegration) =>
      isProvisional(one, { from: day, to: day }) || one.unknown.some(({ from, to }) => day >= from && day <= to);
    const fed = new Set(this.integrations.filter(isOpen).flatMap(({ feeds }) => feeds));
    return FIGURES.filter((figure) => fed.has(figure));
  }

  /** The figures of a day in which a 0 may be a gap: no integration feeds them, or one that does is unknown on that day. */
  unknownFiguresOn(day: string): (keyof Figures)[] {
    const unknown = new Set(this.unknownOn(day));
    return FIGURES.filter((figure) => {
      const feeding = this.integrations.filter(({ feeds }) => feeds.includes(figure));
      return feeding.length === 0 || feeding.some(({ integrationId }) => unknown.has(integrationId));
    });
  }

  /** Whether the figures of a range may still change. */
  isProvisional(range: DayRange): boolean {
    return range.to >= this.#today || this.integrations.some((one) => isProvisional(one, range));
  }
}

function isProvisional({ isDisabled, provisionalFrom, unknown }: KnownIntegration, range: DayRange): boolean {
  const open = overlap(range, { from: provisionalFrom ?? range.from, to: range.to });
  if (!open) return false;
  // Of what nothing is known, nothing will come.
  return !isDisabled || !unknown.some(({ from, to }) => from <= open.from && to >= open.to);
}
