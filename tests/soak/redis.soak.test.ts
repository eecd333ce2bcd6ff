/** Redis that is paused, stopped, killed and full, and connections to it that are killed. */
import { testFaults } from './short-form.js';

testFaults(({ name, sharesServer }) => name.startsWith('redis') && !sharesServer);
