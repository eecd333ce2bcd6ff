/** What the commands do, apart from how they are called. */
import type { AnyQueueDefinition, Jobs } from '@bizinsights/jobs-core';
import { type Program, table, UsageError, wholeNumber } from '@bizinsights/jobs-core/command-line';
import { Deliveries } from '../deliveries/deliveries.js';
import { type DeliveryView, VERDICTS } from '../deliveries/delivery.js';

const FLAGS = ['platform', 'verdict', 'topic', 'limit', 'cursor'] as const;

export const PROGRAM: Program<(typeof FLAGS)[number]> = {
  name: 'bizinsights-webhooks',
  about: 'Webhooks: what was delivered, what was thought of it, what became of it.',
  flags: FLAGS,
  commands: {
    deliveries: {
      usage: `deliveries [module] [--platform id] [--verdict ${VERDICTS.join('|')}] [--topic name] [--limit n] [--cursor c]`,
      about: 'list what was delivered, newest first',
      flags: ['json', ...FLAGS],
      async run(jobs, { platform, topic, cursor, limit, verdict: wanted }) {
        const verdict = VERDICTS.find((one) => one === wanted);
        if (wanted !== undefined && !verdict) {
          throw new UsageError(`--verdict must be one of ${VERDICTS.join(', ')}, not "${wanted}"`);
        }
        const page = await open(jobs).list({
          platform,
          topic,
          cursor,
          verdict,
          limit: limit === undefined ? undefined : Math.max(1, wholeNumber('--limit', limit)),
        });
        const more = page.cursor === undefined ? [] : [`more: --cursor ${page.cursor}`];
        const text = page.deliveries.length === 0 ? 'nothing was delivered' : listed(page.deliveries);
        return { value: page, text: [text, ...more].join('\n') };
      },
    },
    replay: {
      usage: 'replay <delivery> [module]',
      about: 'process the event of a delivery once more',
      subject: 'delivery',
      flags: ['json'],
      async run(jobs, _flags, delivery) {
        const replay = await open(jobs).replay(delivery, 'command line');
        return { value: replay, text: `delivery ${delivery} is processed again by job ${replay.jobId}` };
      },
    },
  },
};

function open(jobs: Jobs<readonly AnyQueueDefinition[]>): Deliveries {
  // How many are kept is the handler's to say: what is written down here pushes none out.
  return new Deliveries(jobs, { verified: Number.MAX_SAFE_INTEGER, others: Number.MAX_SAFE_INTEGER });
}

function listed(deliveries: readonly DeliveryView[]): string {
  const rows = deliveries.map((one) => [
    one.id,
    new Date(one.receivedAt).toISOString(),
    one.integrationId === undefined ? one.platform : `${one.platform}/${one.integrationId}`,
    one.topic ?? '',
    String(one.status),
    one.verdict + (one.duplicateOf === undefined ? '' : ' again') + (one.replayOf === undefined ? '' : ' replay'),
    one.outcome?.result?.outcome ?? one.outcome?.state ?? one.reason ?? '',
  ]);
  return table(['delivery', 'received', 'platform', 'topic', 'status', 'verdict', 'outcome'], rows);
}
