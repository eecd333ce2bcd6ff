/** Who gets a digest: what the host supplies. `@bizinsights/jobs-store` has it. */

/** An organization, as far as its digest needs it. */
export interface DigestOrganization {
  readonly id: string;
  readonly name: string;
  /** IANA. */
  readonly timeZone: string;
  /** BCP 47: the language of its insights, and of the mail. */
  readonly locale?: string;
}

/** Who an organization's people are: `store.organizations`. */
export interface DigestMembers {
  /** Undefined where there is none. */
  get(organizationId: string): Promise<DigestOrganization | undefined>;
  /** `owner` and `admin` get the mail; others do not. */
  members(organizationId: string): Promise<readonly { readonly email: string; readonly role: string }[]>;
}
