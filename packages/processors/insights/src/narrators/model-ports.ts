/** What a language model needs of the host: that the organization has agreed, and a count of what it uses. `store.insights` is both. */

/** Who has agreed that a language model words their insights. */
export interface ModelConsent {
  /** False for an organization that has not agreed, and for one that there is not. */
  isModelAllowed(organizationId: string): Promise<boolean>;
}

/** Tokens for one call of the model. */
export interface TokenReservation {
  /** What the call uses at most, as far as it can be known before. */
  readonly tokens: number;
  /** What the organization may use on the day, with those that are reserved now. */
  readonly limit: number;
  /** What the call costs at most: given to a `ModelUsage` that counts money, where the host has set a budget of it. */
  readonly money?: {
    /** Whole millionths of the currency's main unit: 2,500 is a quarter of a cent. */
    readonly amount: number;
    /** What the organization may spend on the day, with what is reserved now. In millionths too. */
    readonly limit: number;
    /** ISO 4217. What was counted in another currency is no part of the day's sum. */
    readonly currency: string;
  };
}

/** What a call has used in the place of what was reserved for it. */
export interface TokenSettlement {
  readonly reserved: number;
  readonly used: number;
  /** Where money was reserved: what the call has cost instead, in whole millionths of the currency's main unit. */
  readonly money?: { readonly reserved: number; readonly used: number; readonly currency: string };
}

/** Counts the tokens of organizations and days, and what they cost. */
export interface ModelUsage {
  /** Whether it counts the money of reservations and settlements as well, as `store.insights` does. Default: false. */
  readonly countsMoney?: boolean;
  /**
   * Adds the tokens to those of the day, and the money to that of the day, unless one of them would be more than its limit then:
   * in one step, so that workers at once stay below it. Answers whether they are added.
   *
   * @param day in the organization's zone: `2026-11-24`
   */
  reserveTokens(organizationId: string, day: string, reservation: TokenReservation): Promise<boolean>;
  /** Replaces a reservation by what was used. One that is never settled, as its worker has died, stays as it was. */
  settleTokens(organizationId: string, day: string, settlement: TokenSettlement): Promise<void>;
}
