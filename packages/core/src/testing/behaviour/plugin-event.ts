/** An event of a plugin, for the suite to tell: core has none of its own. */
declare module '../../events.js' {
  interface PluginEvents {
    'shop:closed': { readonly shop: string; readonly reason: string };
  }
}

export const shopClosed = { shop: 'acme', reason: 'the owner is on holiday' };
