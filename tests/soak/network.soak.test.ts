/** Connections that are delayed, cut, silent and half-open, on Redis and on PostgreSQL. */
import { testFaults } from './short-form.js';

testFaults(({ name, sharesServer }) => sharesServer === true && !name.includes('worker'));
