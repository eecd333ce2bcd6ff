/** PostgreSQL that is restarted, and connections to it that are terminated. */
import { testFaults } from './short-form.js';

testFaults(({ name, sharesServer }) => name.startsWith('postgres') && !sharesServer);
