/** One step of making the tables. */
export interface Migration {
  readonly id: string;
  readonly sql: string;
}
