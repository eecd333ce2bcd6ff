/**
 * An event of a plugin, for the suite to tell: core has none of its own. By the name of the package, as plugins do it:
 * TypeScript loses one of two declarations that name the same interface by different modules.
 */
declare module '@bizinsights/jobs-core' {
  interface PluginEvents {
    'shop:closed': { readonly shop: string; readonly reason: string };
  }
}

export const shopClosed = { shop: 'acme', reason: 'the owner is on holiday' };
