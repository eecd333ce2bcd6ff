/** The behaviour suite on the engine of the tests. */
import { describeBehaviour } from '../../testing/behaviour/index.js';
import { createMemoryEngine } from './engine.js';

describeBehaviour('memory', async () => {
  const engine = createMemoryEngine();
  // One process, one store: who closes it leaves it to the others.
  return {
    engine: () => ({ ...engine, close: async () => undefined }),
    closable: () => createMemoryEngine(),
    close: () => engine.close(),
  };
});
