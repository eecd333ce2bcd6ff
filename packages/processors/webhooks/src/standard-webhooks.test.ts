import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { standardWebhooks } from './standard-webhooks.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const NOW = Date.UTC(2026, 10, 24, 12);
const BODY = '{"type": "email.bounced", "created_at": "2026-11-24T11:59:00.000Z", "data": {"email_id": "é"}}';

const sign = (body = BODY, at = NOW, secret = SECRET) => new Webhook(secret).sign(ID, new Date(at), body);

interface Sent {
  readonly id?: string;
  readonly timestamp?: string;
  readonly signature?: string;
  readonly prefix?: string;
}
function request(sent: Sent = {}, body: string | Uint8Array = BODY) {
  const { id = ID, timestamp = String(NOW / 1_000), signature = sign(), prefix = 'svix' } = sent;
  const headers = [['id', id] as const, ['timestamp', timestamp] as const, ['signature', signature] as const];
  return {
    headers: new Map(headers.flatMap(([name, value]) => (value === '' ? [] : [[`${prefix}-${name}`, value] as const]))),
    body: typeof body === 'string' ? Buffer.from(body) : body,
  };
}
const verify = (sent?: Sent, secrets = [SECRET], body: string | Uint8Array = BODY, now = NOW) =>
  standardWebhooks.verify(request(sent, body), secrets, now);

describe('verify', () => {
  it('accepts the published vector', () => {
    const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
    const body = '{"test": 2432232314}';
    expect(verify({ timestamp: '1614265330', signature }, [SECRET], body, 1_614_265_330_000)).toEqual({
      verified: true,
    });
  });

  it('accepts what the package `standardwebhooks` signs, under both names of the headers, with any of several secrets', () => {
    const other = `whsec_${Buffer.from('another secret, long enough').toString('base64')}`;
    expect(verify()).toEqual({ verified: true });
    expect(verify({ prefix: 'webhook' })).toEqual({ verified: true });
    expect(verify({}, [other, SECRET])).toEqual({ verified: true });
    expect(verify({}, [` ${SECRET}\n`])).toEqual({ verified: true });
    expect(verify({ signature: `v1,${'A'.repeat(43)}= ${sign()} v1a,abc` })).toEqual({ verified: true });
    expect(verify({ signature: sign(BODY, NOW, SECRET.slice(6)) }, [SECRET.slice(6)])).toEqual({ verified: true });
  });

  it.each<[string, Sent, string[], string | Uint8Array]>([
    ['a changed body', {}, [SECRET], BODY.replace('é', 'e')],
    ['a body of another encoding', {}, [SECRET], Buffer.from(BODY, 'latin1')],
    ['a wrong secret', {}, ['whsec_YW5vdGhlciBzZWNyZXQ='], BODY],
    ['a secret that is not base64', {}, ['whsec_?'], BODY],
    ['an empty secret', {}, [''], BODY],
    ['no secret', {}, [], BODY],
    ['another id than the signed one', { id: 'msg_2' }, [SECRET], BODY],
    ['another time than the signed one', { timestamp: String(NOW / 1_000 - 1) }, [SECRET], BODY],
    ['an old time', { timestamp: String(NOW / 1_000 - 301), signature: sign(BODY, NOW - 301_000) }, [SECRET], BODY],
    ['a time ahead', { timestamp: String(NOW / 1_000 + 301), signature: sign(BODY, NOW + 301_000) }, [SECRET], BODY],
    ['a time that is none', { timestamp: 'now' }, [SECRET], BODY],
    ['no signature', { signature: '' }, [SECRET], BODY],
    ['no id', { id: '' }, [SECRET], BODY],
    ['a signature of another version', { signature: sign().replace('v1,', 'v2,') }, [SECRET], BODY],
  ])('refuses %s', (_name, sent, secrets, body) => {
    const verdict = verify(sent, secrets, body);
    expect(verdict).toMatchObject({ verified: false, reason: expect.any(String) });
    expect(JSON.stringify(verdict)).not.toContain(SECRET.slice(6));
  });
});

describe('read', () => {
  it('takes the id from the headers, the topic and the time from the body', () => {
    const event = { id: ID, topic: 'email.bounced', occurredAt: NOW - 60_000, payload: { data: { email_id: 'é' } } };
    expect(standardWebhooks.read(request())).toMatchObject(event);
    const standard = JSON.stringify({ type: 'user.created', timestamp: '2026-11-24T12:00:00Z', data: {} });
    expect(standardWebhooks.read(request({ prefix: 'webhook' }, standard))).toMatchObject({ id: ID, occurredAt: NOW });
  });

  it.each<[unknown, number | undefined]>([
    ['2026-11-24T13:00:00+01:00', NOW],
    [NOW, NOW],
    [NOW / 1_000, NOW],
    [NOW / 1_000 + 0.5, NOW + 500],
    ['yesterday', undefined],
    [String(NOW), undefined],
    [0, undefined],
    [-1, undefined],
    [9e15, undefined],
    [null, undefined],
    [{}, undefined],
  ])('reads the time %j as %j, under both its names', (written, at) => {
    for (const field of ['timestamp', 'created_at']) {
      const event = standardWebhooks.read(request({}, JSON.stringify({ type: 'a', [field]: written })));
      expect(event?.topic).toBe('a');
      expect(event?.occurredAt).toBe(at);
    }
    const both = JSON.stringify({ type: 'a', timestamp: 'yesterday', created_at: NOW });
    expect(standardWebhooks.read(request({}, both))?.occurredAt).toBe(NOW);
  });

  it.each([
    ['{"type":"a","event":"b"}', 'a'],
    ['{"type":"","eventType":"a"}', 'a'],
    ['{"type":7,"event_type":"a"}', 'a'],
    ['{"event":"a"}', 'a'],
    ['{"event":{"id":1}}', ''],
    ['{}', ''],
  ])('reads the topic of %s as %j', (body, topic) => {
    expect(standardWebhooks.read(request({}, body))).toMatchObject({ id: ID, topic });
  });

  it.each(['', 'null', '[]', '"a"'])('refuses %j', (body) => {
    expect(() => standardWebhooks.read(request({}, body))).toThrow(/A webhook/);
  });

  it('refuses bytes that are no text', () => {
    expect(() => standardWebhooks.read(request({}, Buffer.from('{"type":"\xff"}', 'latin1')))).toThrow(/not JSON/);
  });
});
