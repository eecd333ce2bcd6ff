/** Redis Cluster and Sentinel whose masters change, and slots that move. */
import { testFaults } from './short-form.js';

testFaults(({ name }) => /^(cluster|sentinel)/.test(name));
