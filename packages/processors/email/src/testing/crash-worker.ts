/** A worker process as a host would write it, to be killed by the test. */
import { createJobs } from '@bizinsights/jobs-core';
import { emailProcessor, emailQueue, resendTransport } from '../index.js';

const jobs = createJobs({ queues: [emailQueue] });
const { RESEND_URL = '' } = process.env;
jobs.registerProcessor(emailProcessor({ transport: resendTransport({ baseUrl: RESEND_URL }) }));
// The death of a worker is to be seen soon, and a busy machine is not to be taken for one.
await jobs.startWorker({ lockDuration: 5_000, stalledInterval: 1_000, maxStalledCount: 10 });
