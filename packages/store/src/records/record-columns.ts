/** What of a record stands in columns of its own, to be counted and summed up. */
import { defined } from '@bizinsights/jobs-core';
import type { Money, PlatformRecord } from '@bizinsights/jobs-platforms';

export interface RecordColumns {
  readonly occurredAt?: number;
  readonly day?: string;
  readonly status?: string;
  readonly money?: Money;
  readonly refunded?: Money;
  readonly customerId?: string;
}

export function columnsOf(record: PlatformRecord): RecordColumns {
  switch (record.kind) {
    case 'order':
      return {
        occurredAt: record.placedAt,
        status: record.payment,
        money: record.total,
        refunded: record.refunded,
        ...defined({ customerId: record.customerId }),
      };
    case 'charge':
      return {
        occurredAt: record.createdAt,
        status: record.status,
        money: record.amount,
        refunded: record.refunded,
        ...defined({ customerId: record.customerId }),
      };
    case 'customer':
      return { occurredAt: record.createdAt };
    case 'product':
      return { status: record.status, ...defined({ money: record.price }) };
    case 'traffic':
      return { day: record.day, ...defined({ money: record.revenue }) };
    case 'campaign':
      return { status: record.status };
    case 'campaign-day':
      return { day: record.day, money: record.spend };
  }
}
