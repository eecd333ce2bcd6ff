/**
 * `@bizinsights/jobs-store/conformance`: checks what implements the ports `RecordSink` and `IntegrationStore`, for hosts
 * that keep records by means of their own.
 *
 * @packageDocumentation
 */

export { storeConformance } from './store-conformance.js';
export type { StoreCase, StoreUnderTest } from './store-under-test.js';
