/**
 * What is asked of Shopify, checked against its published schema in queries.test.ts. The same form for all three streams:
 * `page` holds `edges`, so that each record has a cursor of its own.
 */

/** Line items that come with an order; the rest of a longer one is fetched. */
export const ITEMS_WITH_ORDER = 10;
/** Line items fetched at once. */
export const ITEMS_AT_ONCE = 50;

const LINE_ITEMS = `
  edges { node { title quantity originalUnitPriceSet { shopMoney { amount currencyCode } } product { legacyResourceId } } }
  pageInfo { hasNextPage endCursor }`;

/** The shop's own domain: the one that webhooks name, whatever other domains lead to the shop. Needs no scope. */
export const SHOP = 'query Shop { shop { myshopifyDomain } }';

export const ORDERS = `query Orders($first: Int!, $after: String, $query: String) {
  page: orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    edges {
      cursor
      node {
        id legacyResourceId name createdAt processedAt updatedAt cancelledAt displayFinancialStatus test
        totalPriceSet { shopMoney { amount currencyCode } }
        totalRefundedSet { shopMoney { amount currencyCode } }
        customer { legacyResourceId }
        lineItems(first: ${ITEMS_WITH_ORDER}) {${LINE_ITEMS}}
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const ORDER_ITEMS = `query OrderItems($id: ID!, $after: String) {
  order(id: $id) { lineItems(first: ${ITEMS_AT_ONCE}, after: $after) {${LINE_ITEMS}} }
}`;

export const PRODUCTS = `query Products($first: Int!, $after: String, $query: String) {
  page: products(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    edges {
      cursor
      node {
        id legacyResourceId title status updatedAt tracksInventory totalInventory
        priceRangeV2 { minVariantPrice { amount currencyCode } }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const CUSTOMERS = `query Customers($first: Int!, $after: String, $query: String) {
  page: customers(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    edges {
      cursor
      node { id legacyResourceId createdAt updatedAt displayName numberOfOrders defaultEmailAddress { emailAddress } }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;
