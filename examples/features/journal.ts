// A journal is a log that all processes share. It keeps the newest entries and is read page by page.
import { createJobs, silentLogger } from '@bizinsights/jobs-core';
import { z } from 'zod';

const jobs = createJobs({ connection: 'memory:', queues: [], logger: silentLogger });

// #region journal
const logins = jobs.journal('logins', { schema: z.object({ at: z.number(), user: z.string() }), keep: 3 });
await logins.append({ at: 1, user: 'ann' });
// #endregion
await logins.append({ at: 2, user: 'bob' });
await logins.append({ at: 3, user: 'ann' });
await logins.append({ at: 4, user: 'cyd' });

// Newest first. The first login is gone, because the journal keeps three.
const { entries, cursor } = await logins.page({ limit: 2 });
console.log(entries);
const older = await logins.page({ limit: 2, ...(cursor ? { cursor } : {}) });
console.log(older.entries);

const ofBob = await logins.page({ limit: 10, filter: ({ user }) => user === 'bob' });
console.log(ofBob.entries.length);

await jobs.close();

// Output:
// [ { at: 4, user: 'cyd' }, { at: 3, user: 'ann' } ]
// [ { at: 2, user: 'bob' } ]
// 1
