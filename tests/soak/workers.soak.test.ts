/** Workers that are killed, rolled and misled by their clock, on Redis and on PostgreSQL. */
import { testFaults } from './short-form.js';

testFaults(({ name, sharesServer }) => sharesServer === true && name.includes('worker'));
