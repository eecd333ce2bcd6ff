/** Requests at an even pace, whatever the answers do: a load tool with a rate sends each second's share in one burst. */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** What is sent. */
export interface Sent {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How long the end of each request's answer took, ms, in the order of the answers. */
export async function sendSteadily(
  url: string,
  { rate, seconds, connections }: { readonly rate: number; readonly seconds: number; readonly connections: number },
  next: () => Sent,
): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  const answers: Promise<void>[] = [];
  const started = performance.now();
  try {
    for (let sent = 0; sent < rate * seconds; ) {
      const due = Math.min(rate * seconds, Math.floor(((performance.now() - started) / 1_000) * rate) + 1);
      for (; sent < due; sent++) {
        // From when it was due: a sender that is late has waited, too.
        const from = started + (sent / rate) * 1_000;
        answers.push(send(url, agent, next()).then(() => void times.push(performance.now() - from)));
      }
      await sleep(1);
    }
    await Promise.all(answers);
    return times;
  } finally {
    agent.destroy();
  }
}

function send(url: string, agent: Agent, { method, headers, body }: Sent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sending = request(url, { agent, method, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
      response.resume().once('end', resolve).once('error', reject);
    });
    sending.once('error', reject).end(body);
  });
}
