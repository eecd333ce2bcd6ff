/** Secrets, as environments, options, credentials and stores hold them. */

/**
 * Secrets without the white space that a file, a form or a variable has put around them. White space alone is no secret and
 * is left out. Each place that takes secrets asks this, so that the same text is the same secret wherever it is set.
 *
 * @example
 * ```ts
 * trimSecrets([' whsec_new\n', '  ']); // ['whsec_new']
 * ```
 */
export function trimSecrets(secrets: readonly string[]): string[] {
  return secrets.map((secret) => secret.trim()).filter((secret) => secret !== '');
}
