/**
 * What of a batch the database takes. It refuses a statement for one value in it, so the batch would fail at each attempt:
 * a record with such a value is kept aside with its reason, and the others are stored. What a refresh of the metrics would
 * fail at is looked for here too.
 */
import {
  type DeletedRecord,
  idProblem,
  type PlatformRecord,
  type RecordBatch,
  type RecordKind,
  type RejectedRecord,
  rejectedRecord,
} from '@bizinsights/jobs-platforms';
import { hasOddCharacter, storableId, storableText } from './storable.js';

/** Those with four digits, those beside them too: a day of others is written in another way. */
const YEARS = { first: 1_000, last: 9_998 } as const;

/** Levels of nesting. Records have three. */
const MAX_DEPTH = 10;

const KINDS: Readonly<Record<RecordKind, true>> = {
  order: true,
  product: true,
  customer: true,
  charge: true,
  traffic: true,
  campaign: true,
  'campaign-day': true,
};

/** What a value is to be, and whether it is. */
type Check = readonly [what: string, is: (value: unknown) => boolean];

const WHOLE: Check = ['a whole number', Number.isSafeInteger];
const NUMBER: Check = ['a number up to 2^53', isExact];
const MOMENT: Check = [`epoch ms of the years ${YEARS.first} to ${YEARS.last}`, isMoment];

/** The fields that stand in columns of their own, or are summed up. What is absent stays so. */
const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['placedAt', MOMENT],
  ['createdAt', MOMENT],
  ['cancelledAt', MOMENT],
  ['day', ['a day as 2026-11-24', isDay]],
  ['items', ['a list', Array.isArray]],
  ['customerId', ['text', (value) => typeof value === 'string']],
  ['quantity', NUMBER],
  ['stock', NUMBER],
  ['orderCount', NUMBER],
  ['sessions', NUMBER],
  ['users', NUMBER],
  ['keyEvents', NUMBER],
  ['impressions', NUMBER],
  ['clicks', NUMBER],
  ['conversions', NUMBER],
]);

/** The fields that are the id of a record, this one or another. */
const IDS: ReadonlySet<string> = new Set(['id', 'customerId', 'productId', 'campaignId']);

/** The batch with what can't be stored among what is kept aside. The deletion of what can't be there is left out. */
export function storableBatch(batch: RecordBatch): RecordBatch {
  const rejected = batch.rejected.map((given): RejectedRecord => {
    const kept = keptAside(given, given.reason, given.raw);
    return given.hasNoId ? { ...kept, hasNoId: true } : kept;
  });
  const records: PlatformRecord[] = [];
  for (const given of batch.records) {
    const found = look(given);
    if (found.problems.length > 0) rejected.push(keptAside(given, found.problems.join('; '), given));
    else records.push(found.hasOddText ? withStorableTexts(given) : given);
  }
  const deleted: DeletedRecord[] = [];
  for (const given of batch.deleted) {
    const id = storableId(given.id);
    if (idProblem(id) !== undefined) continue;
    if (Number.isSafeInteger(given.deletedAt)) deleted.push({ ...given, id });
    else rejected.push(keptAside(given, 'deletedAt: expected a whole number', given));
  }
  return { ...batch, records, rejected, deleted };
}

function keptAside(given: Pick<RejectedRecord, 'kind' | 'id'>, reason: string, raw: unknown): RejectedRecord {
  const id = typeof given.id === 'string' ? storableId(given.id) : undefined;
  try {
    return rejectedRecord(given.kind, id, reason, raw);
  } catch {
    // It throws when it is read: see the reason.
    return rejectedRecord(given.kind, id, reason, null);
  }
}

interface Findings {
  readonly problems: string[];
  /** Whether a text has a character that can't be stored. */
  hasOddText: boolean;
}

function look(record: PlatformRecord): Findings {
  const found: Findings = { problems: [], hasOddText: false };
  const { kind, id, updatedAt } = record;
  if (!Object.hasOwn(KINDS, kind)) found.problems.push('kind: expected a kind of record');
  if (!Number.isSafeInteger(updatedAt)) found.problems.push('updatedAt: expected a whole number');
  const idProblems = typeof id === 'string' ? idProblem(storableId(id)) : 'id: expected text';
  if (idProblems !== undefined) found.problems.push(idProblems);
  try {
    lookInto(record, '', found);
  } catch {
    found.problems.push('could not be read');
  }
  return found;
}

/** @param path of the value in its record: `items[0]`; empty for the record itself */
function lookInto(value: object, path: string, found: Findings, levels = MAX_DEPTH): void {
  if (levels === 0) {
    found.problems.push(`${path}: nested too deep`);
    return;
  }
  const place = (name: string) => (Array.isArray(value) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`);
  for (const [name, field] of Object.entries(value)) {
    if (field === null || field === undefined) continue;
    // A charge's is money as a whole.
    const check = name === 'amount' && typeof field !== 'object' ? WHOLE : CHECKS.get(name);
    if (check && !check[1](field)) found.problems.push(`${place(name)}: expected ${check[0]}`);
    else if (typeof field === 'string') found.hasOddText ||= hasOddCharacter(field);
    else if (typeof field === 'object') lookInto(field, place(name), found, levels - 1);
    else if (typeof field === 'bigint') found.problems.push(`${place(name)}: expected what JSON can hold`);
  }
}

/** A copy whose texts can be stored. */
function withStorableTexts(record: PlatformRecord): PlatformRecord {
  const text = JSON.stringify(record, (name, value: unknown) => {
    if (typeof value !== 'string') return value;
    return IDS.has(name) ? storableId(value) : storableText(value);
  });
  return JSON.parse(text);
}

/** A sum of larger ones would be more than the column of a metric takes. */
function isExact(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

function isMoment(value: unknown): boolean {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return false;
  return value >= Date.UTC(YEARS.first, 0) && value < Date.UTC(YEARS.last + 1, 0);
}

function isDay(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const at = Date.parse(value);
  return isMoment(at) && new Date(at).toISOString().startsWith(value);
}
