/**
 * The part of Shopify's Admin schema that the sandbox answers, in its words and types. schema.test.ts holds it against the
 * published one.
 */
export const SCHEMA = /* GraphQL */ `
  schema { query: QueryRoot }

  scalar DateTime
  scalar Decimal
  scalar UnsignedInt64
  scalar URL

  type QueryRoot {
    shop: Shop!
    order(id: ID!): Order
    orders(first: Int, after: String, query: String, reverse: Boolean, sortKey: OrderSortKeys): OrderConnection!
    product(id: ID!): Product
    products(first: Int, after: String, query: String, reverse: Boolean, sortKey: ProductSortKeys): ProductConnection!
    customer(id: ID!): Customer
    customers(first: Int, after: String, query: String, reverse: Boolean, sortKey: CustomerSortKeys): CustomerConnection!
    currentAppInstallation: AppInstallation!
  }

  type AppInstallation { id: ID! accessScopes: [AccessScope!]! }
  type AccessScope { handle: String! description: String! }

  type Shop { id: ID! name: String! currencyCode: CurrencyCode! ianaTimezone: String! myshopifyDomain: String! }

  type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }

  enum OrderSortKeys { CREATED_AT ID PROCESSED_AT UPDATED_AT }
  enum ProductSortKeys { CREATED_AT ID UPDATED_AT }
  enum CustomerSortKeys { CREATED_AT ID UPDATED_AT }

  enum CurrencyCode { EUR USD GBP JPY }
  type MoneyV2 { amount: Decimal! currencyCode: CurrencyCode! }
  type MoneyBag { shopMoney: MoneyV2! presentmentMoney: MoneyV2! }

  enum OrderDisplayFinancialStatus { AUTHORIZED EXPIRED PAID PARTIALLY_PAID PARTIALLY_REFUNDED PENDING REFUNDED VOIDED }

  type OrderConnection { edges: [OrderEdge!]! nodes: [Order!]! pageInfo: PageInfo! }
  type OrderEdge { cursor: String! node: Order! }
  type Order {
    id: ID!
    legacyResourceId: UnsignedInt64!
    name: String!
    createdAt: DateTime!
    processedAt: DateTime!
    updatedAt: DateTime!
    cancelledAt: DateTime
    displayFinancialStatus: OrderDisplayFinancialStatus
    test: Boolean!
    edited: Boolean!
    sourceName: String
    currencyCode: CurrencyCode!
    totalPriceSet: MoneyBag!
    originalTotalPriceSet: MoneyBag!
    currentTotalPriceSet: MoneyBag!
    totalRefundedSet: MoneyBag!
    totalReceivedSet: MoneyBag!
    totalOutstandingSet: MoneyBag!
    shippingAddress: MailingAddress
    billingAddress: MailingAddress
    customerJourneySummary: CustomerJourneySummary
    customer: Customer
    lineItems(first: Int, after: String): LineItemConnection!
  }

  type LineItemConnection { edges: [LineItemEdge!]! nodes: [LineItem!]! pageInfo: PageInfo! }
  type LineItemEdge { cursor: String! node: LineItem! }
  type LineItem {
    id: ID!
    title: String!
    quantity: Int!
    currentQuantity: Int!
    originalUnitPriceSet: MoneyBag!
    product: Product
  }

  enum CountryCode { AT CH DE FR NL ZZ }
  type MailingAddress { countryCodeV2: CountryCode }

  type CustomerJourneySummary { ready: Boolean! lastVisit: CustomerVisit }
  enum MarketingTactic { AD AFFILIATE LINK NEWSLETTER POST SEO }
  type CustomerVisit { source: String! sourceType: MarketingTactic referrerUrl: URL utmParameters: UTMParameters }
  type UTMParameters { source: String medium: String campaign: String }

  enum ProductStatus { ACTIVE ARCHIVED DRAFT UNLISTED }
  type ProductConnection { edges: [ProductEdge!]! nodes: [Product!]! pageInfo: PageInfo! }
  type ProductEdge { cursor: String! node: Product! }
  type Product {
    id: ID!
    legacyResourceId: UnsignedInt64!
    title: String!
    status: ProductStatus!
    createdAt: DateTime!
    updatedAt: DateTime!
    tracksInventory: Boolean!
    totalInventory: Int!
    priceRangeV2: ProductPriceRangeV2!
  }
  type ProductPriceRangeV2 { minVariantPrice: MoneyV2! maxVariantPrice: MoneyV2! }

  type CustomerConnection { edges: [CustomerEdge!]! nodes: [Customer!]! pageInfo: PageInfo! }
  type CustomerEdge { cursor: String! node: Customer! }
  type Customer {
    id: ID!
    legacyResourceId: UnsignedInt64!
    createdAt: DateTime!
    updatedAt: DateTime!
    firstName: String
    lastName: String
    displayName: String!
    numberOfOrders: UnsignedInt64!
    defaultEmailAddress: CustomerEmailAddress
  }
  type CustomerEmailAddress { emailAddress: String! }
`;
