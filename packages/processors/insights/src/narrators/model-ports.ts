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
}

/** What a call has used in the place of what was reserved for it. */
export interface TokenSettlement {
  readonly reserved: number;
  readonly used: number;
}

/** Counts the tokens of organizations and days. */
export interface ModelUsage {
  /**
   * Adds the tokens to those of the day, unless they would be more than the limit then: in one step, so that workers at once
   * stay below it. Answers whether they are added.
   *
   * @param day in the organization's zone: `2026-11-24`
   */
  reserveTokens(organizationId: string, day: string, reservation: TokenReservation): Promise<boolean>;
  /** Replaces a reservation by what was used. One that is never settled, as its worker has died, stays as it was. */
  settleTokens(organizationId: string, day: string, settlement: TokenSettlement): Promise<void>;
}
