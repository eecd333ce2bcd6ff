/** Shopify: comes next. */
export {};
