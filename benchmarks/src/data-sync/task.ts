/** What the subject `data-sync` and its processes say to each other. */

export interface SyncTask {
  /** `batch`: the store alone. `rows`: a statement for each record. `sync`: a job, from the platform to the store. */
  readonly kind: 'batch' | 'rows' | 'sync';
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
