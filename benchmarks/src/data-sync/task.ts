/** What the subject `data-sync` and its processes say to each other. */

export interface SyncTask {
  /**
   * `batch`: the store alone. `rows`: an upsert for each record, one after the other. `rows-transaction`: the same, prepared
   * and in one transaction a page. `sync`: a job, from the platform to the store.
   */
  readonly kind: 'batch' | 'rows' | 'rows-transaction' | 'sync';
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly records: number;
  /** Records of a page. */
  readonly page: number;
  /** After how many records to tell the memory. */
  readonly checkpoint: number;
}

export type SyncAnswer =
  | { readonly checkpoint: { readonly records: number; readonly resident: number } }
  | { readonly ms: number; readonly rows: number /** Resident memory at its highest, bytes. */; readonly peak: number };
