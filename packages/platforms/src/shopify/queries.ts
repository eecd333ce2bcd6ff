/**
 * What is asked of Shopify, checked against its published schema in queries.test.ts. The same form for all three streams:
 * `page` holds `edges`, so that each record has a cursor of its own.
 */

/** Line items that come with an order; the rest of a longer one is fetched. */
export const ITEMS_WITH_ORDER = 10;
/** Line items fetched at once. */
export const ITEMS_AT_ONCE = 50;

/**
 * Parts of the query for orders for which an app needs more than its scopes ("Work with protected customer data"): an
 * address needs an approval of its own, and some plans give no app the customer. With such a part, an app without the
 * approval is refused the whole query.
 *
 * @see https://shopify.dev/docs/apps/launch/protected-customer-data
 */
const ADDRESSES = 'shippingAddress { countryCodeV2 } billingAddress { countryCodeV2 }';
const JOURNEY =
  'customerJourneySummary { lastVisit { source sourceType referrerUrl utmParameters { source medium campaign } } }';
const CUSTOMER = 'customer { legacyResourceId }';
export const OPTIONAL_OF_ORDERS: readonly string[] = [ADDRESSES, JOURNEY, CUSTOMER];

/** The same of the query for customers. */
const NAME = 'displayName';
const EMAIL = 'defaultEmailAddress { emailAddress }';
export const OPTIONAL_OF_CUSTOMERS: readonly string[] = [NAME, EMAIL];

/** A query without some of its parts. */
export function without(query: string, parts: Iterable<string>): string {
  return [...parts].reduce((rest, part) => rest.replace(part, ''), query);
}

const LINE_ITEMS = `
  edges { node {
    title quantity currentQuantity originalUnitPriceSet { shopMoney { amount currencyCode } } product { legacyResourceId }
  } }
  pageInfo { hasNextPage endCursor }`;

/** The shop's own domain: the one that webhooks name, whatever other domains lead to the shop. Needs no scope. */
export const SHOP = 'query Shop { shop { myshopifyDomain } }';

export const ORDERS = `query Orders($first: Int!, $after: String, $query: String) {
  page: orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    edges {
      cursor
      node {
        id legacyResourceId name createdAt processedAt updatedAt cancelledAt displayFinancialStatus test
        sourceName
        totalPriceSet { shopMoney { amount currencyCode } }
        currentTotalPriceSet { shopMoney { amount currencyCode } }
        totalRefundedSet { shopMoney { amount currencyCode } }
        ${CUSTOMER}
        ${ADDRESSES}
        ${JOURNEY}
        lineItems(first: ${ITEMS_WITH_ORDER}) {${LINE_ITEMS}}
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const ORDER_ITEMS = `query OrderItems($id: ID!, $after: String) {
  order(id: $id) { lineItems(first: ${ITEMS_AT_ONCE}, after: $after) {${LINE_ITEMS}} }
}`;

/** Asked for where the sums of the order alone do not tell what it has sold. */
export const ORDER_PAYMENTS = `query OrderPayments($id: ID!) {
  order(id: $id) {
    originalTotalPriceSet { shopMoney { amount currencyCode } }
    totalReceivedSet { shopMoney { amount currencyCode } }
    totalOutstandingSet { shopMoney { amount currencyCode } }
  }
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
      node {
        id legacyResourceId createdAt updatedAt numberOfOrders
        ${NAME}
        ${EMAIL}
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const SCOPES = '{ currentAppInstallation { accessScopes { handle } } }';
