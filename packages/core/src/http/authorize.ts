/** Who may do what. There is no handler without `authorize`; two ready-made ones are here. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { ConfigError } from '../errors.js';
import { trimSecrets } from '../secrets.js';
import { isOfThisMachine } from './loopback.js';
import { type Authorize, type Principal, readPrincipal } from './principal.js';
import { ROLES, type Role } from './roles.js';

/** Whether a principal has at least this role. Nobody has what is no role. */
export function hasRole(principal: Principal, role: Role): boolean {
  const needed = ROLES.indexOf(role);
  return needed >= 0 && ROLES.indexOf(principal.role) >= needed;
}

/** Whether a principal may see a job of this tenant. Jobs that belong to no tenant are for unbound principals. */
export function maySeeTenant(principal: Principal, tenant: string | undefined): boolean {
  return (
    principal.tenants === undefined || (tenant !== undefined && tenant !== '' && principal.tenants.includes(tenant))
  );
}

/** Shorter ones can be guessed. */
const MIN_TOKEN_LENGTH = 16;

/**
 * Lets in who sends `Authorization: Bearer <token>`. Compared in constant time. White space around the token does not count.
 *
 * @param options `token` has at least 16 characters. Where it is `undefined`, as a build loads modules with no variable set,
 *   each request is answered with 500 instead, and the log says why
 * @throws {ConfigError} for a token of fewer than 16 characters, and for what makes no principal
 * @example
 * ```ts
 * const authorize = bearerToken({ token: process.env.JOBS_TOKEN, role: 'operator' });
 * ```
 */
export function bearerToken(options: { token: string | undefined } & Partial<Principal>): Authorize {
  const { actor = 'token', role = 'viewer', tenants } = options;
  const principal = readPrincipal('bearerToken', { actor, role, tenants });
  if (options.token === undefined) {
    return () => {
      throw wrongToken('is not set');
    };
  }
  const [token = ''] = trimSecrets([options.token]);
  if (token.length < MIN_TOKEN_LENGTH) throw wrongToken(`must have at least ${MIN_TOKEN_LENGTH} characters`);
  const expected = digest(token);
  return (request) => {
    const [, given] = /^Bearer +(.+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
    return given !== undefined && timingSafeEqual(digest(given), expected) ? principal : null;
  };
}

function wrongToken(problem: string): ConfigError {
  const message = `${problem}; \`openssl rand -hex 32\` makes one`;
  return new ConfigError('bearerToken', [{ path: ['token'], message }]);
}

/** Digests have one length, which `timingSafeEqual` wants, and tell nothing of the token's. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The environments that are somebody's own machine. Nothing set says nothing. */
const DEVELOPMENT: readonly (string | undefined)[] = ['development', 'test'];

/**
 * Lets everybody in as an admin who asks on the machine itself: for development. `NODE_ENV` must be `development` or
 * `test`. A request must be for `localhost`, `*.localhost`, `127.0.0.0/8` or `[::1]`, by its address and its `Host`, so that
 * a page whose name leads here by DNS (rebinding) is nobody. It must come from such an address too, as far as the adapter
 * or a proxy says where it comes from.
 *
 * @throws {ConfigError} in any other environment
 */
export function allowEveryoneInDevelopment(environment: { NODE_ENV?: string | undefined } = process.env): Authorize {
  const refuseElsewhere = () => {
    const { NODE_ENV: name } = environment;
    if (DEVELOPMENT.includes(name)) return;
    throw new ConfigError('allowEveryoneInDevelopment', [
      {
        path: ['NODE_ENV'],
        message:
          `is ${name === undefined ? 'not set' : `"${name}"`}, and must be "development" or "test": ` +
          'set it on your own machine; elsewhere write an `authorize` that knows your users, or use bearerToken()',
      },
    ]);
  };
  refuseElsewhere();
  return (request, caller) => {
    // Asked again: a bundler may have run the line above on the machine that built it.
    refuseElsewhere();
    return isOfThisMachine(request, caller) ? { actor: 'developer', role: 'admin' } : null;
  };
}
