/** A webhook's headers and body: as they come in, as they stand in a job, and as an operator may see them. */
import { isUtf8 } from 'node:buffer';
import type { WebhookRequest } from '@bizinsights/jobs-platforms';
import type { WebhookJob } from './queue.js';

/** What a job keeps of a request. */
export type StoredRequest = Pick<WebhookJob, 'headers' | 'body' | 'encoding'>;

/** A request that notes which headers a scheme looks at: those, and no others, are needed to do it again. */
export interface NotedRequest extends WebhookRequest {
  /** A header that is needed but once: not noted. */
  peek(name: string): string;
  stored(): StoredRequest;
}

export function toNotedRequest(all: Iterable<[string, string]>, body: Buffer): NotedRequest {
  const headers = new NotingHeaders(all);
  return {
    headers,
    body,
    peek: (name) => headers.peek(name),
    stored: () => toStored(headers.noted(), body),
  };
}

export function fromStored({ headers, body, encoding }: StoredRequest): WebhookRequest {
  return { headers: new Map(Object.entries(headers)), body: Buffer.from(body, encoding) };
}

/** Text where it is text: half the size of base64, and readable. */
function toStored(headers: StoredRequest['headers'], body: Buffer): StoredRequest {
  // PostgreSQL's texts have no place for the character 0.
  const encoding = isUtf8(body) && !body.includes(0) ? 'utf8' : 'base64';
  return { headers, body: body.toString(encoding), encoding };
}

class NotingHeaders extends Map<string, string> {
  readonly #noted = new Set<string>();

  override get(name: string): string | undefined {
    this.#noted.add(name);
    return super.get(name);
  }

  override has(name: string): boolean {
    this.#noted.add(name);
    return super.has(name);
  }

  /** Who walks over all of them may have used any. */
  override forEach(callback: (value: string, name: string, map: Map<string, string>) => void): void {
    for (const [name, value] of this) callback(value, name, this);
  }

  override entries(): MapIterator<[string, string]> {
    this.#noteAll();
    return super.entries();
  }

  override [Symbol.iterator](): MapIterator<[string, string]> {
    return this.entries();
  }

  override keys(): MapIterator<string> {
    this.#noteAll();
    return super.keys();
  }

  override values(): MapIterator<string> {
    this.#noteAll();
    return super.values();
  }

  peek(name: string): string {
    return super.get(name) ?? '';
  }

  #noteAll(): void {
    for (const name of super.keys()) this.#noted.add(name);
  }

  noted(): Record<string, string> {
    const noted: Record<string, string> = {};
    for (const name of this.#noted) {
      const value = super.get(name);
      if (value !== undefined) noted[name] = value;
    }
    return noted;
  }
}

/** Headers that let their holder in, say who that is, or are signatures. */
const SECRET =
  /auth|cookie|token|secret|signature|hmac|password|api-?key|session|credential|jwt|assertion|oidc|principal|cert/i;

/** Headers with an address, whose query may hold a token. */
const ADDRESS = /ur[il]$|^referer$/i;

/** What of a header is shown, by its name: the same few come with every request. */
const shownPart = new Map<string, 'nothing' | 'no query' | 'all'>();

/** Who sends may make up names. */
const KNOWN_NAMES = 1_000;

function partOf(name: string): 'nothing' | 'no query' | 'all' {
  const known = shownPart.get(name);
  if (known) return known;
  const part = SECRET.test(name) ? 'nothing' : ADDRESS.test(name) ? 'no query' : 'all';
  if (shownPart.size < KNOWN_NAMES) shownPart.set(name, part);
  return part;
}

/** An operator wants to see what was sent, and nobody wants to keep a flood. */
const SHOWN = { headers: 50, characters: 256 } as const;

/** The headers without secrets and signatures, for the journal of deliveries. */
export function shownHeaders(headers: Iterable<[string, string]>): Record<string, string> {
  const shown: Record<string, string> = {};
  let count = 0;
  for (const [name, value] of headers) {
    const part = partOf(name);
    if (part === 'nothing') continue;
    if (++count > SHOWN.headers) break;
    const safe = part === 'all' ? value : value.replace(/[?#].*/s, '');
    shown[name] = safe.slice(0, SHOWN.characters);
  }
  return shown;
}
