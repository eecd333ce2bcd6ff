/** How Shopify writes things. Apart from the nodes, which load the package `graphql`. */

/** The sandbox's shop. */
export const DOMAIN = 'glaze-and-co.myshopify.com';

/** `2026-11-24T12:00:00Z` */
export const time = (ms: number): string => new Date(ms).toISOString().replace('.000', '');

/** `19.99`: the sandbox's shop has a currency of two decimals. */
export const decimal = (amount: number): string => (amount / 100).toFixed(2);
