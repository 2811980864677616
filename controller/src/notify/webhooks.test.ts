import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebhookConfig } from '../config/notify-config.ts';
import { judgeAnswer } from './delivery-answer.ts';
import type { Notification } from './notification.ts';
import { Notifier } from './notifier.ts';
import { type Outbox, openOutbox } from './outbox.ts';
import { webhookBody } from './webhook-body.ts';
import { deliverDue } from './webhook-sender.ts';

const SECRET = 'T0KEN-in-the-path';

function made(change: Partial<Notification> = {}): Notification {
  return {
    kind: 'run_ended',
    key: `run_ended/${change.at ?? 1}`,
    severity: 'info',
    at: 1,
    run: '20261121-120000-abcd',
    instanceId: null,
    title: 'ended <well> & good',
    text: 'all fine',
    detail: { outcome: 'completed' },
    simulated: true,
    ...change,
  };
}

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: { readonly [key: string]: unknown };
}

/** A real HTTP server that answers what it is told to. */
class Receiver {
  readonly received: Received[] = [];
  readonly server: Server;
  status = 200;
  headers: Record<string, string> = {};

  constructor() {
    this.server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      this.received.push({ headers: request.headers, body: JSON.parse(text) });
      response.writeHead(this.status, this.headers).end('ok');
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/${SECRET}`;
  }
}

describe('webhooks', () => {
  let folder: string;
  let receiver: Receiver;
  let outbox: Outbox;
  let now: number;
  let log: string[];
  const hook = (change: Partial<WebhookConfig> = {}): WebhookConfig => ({
    name: 'ops',
    url: receiver.url,
    format: 'json',
    kinds: null,
    headers: {},
    ...change,
  });
  const deliver = (webhooks: readonly WebhookConfig[], signal = new AbortController().signal) => {
    const note = (fields: object, message: string) => log.push(`${message} ${JSON.stringify(fields)}`);
    const deps = { fetch, now: () => now, log: { info: note, warn: note, error: note }, signal };
    return deliverDue(outbox, { webhooks, controllerId: 'c-1' }, deps);
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ptp-notify-'));
    receiver = new Receiver();
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    outbox = openOutbox(join(folder, 'notifications.db'));
    now = 1000;
    log = [];
  });
  afterEach(() => {
    outbox.close();
    receiver.server.closeAllConnections();
    receiver.server.close();
    rmSync(folder, { recursive: true });
  });

  it('get one request with the notification, our headers and the mark of a simulation', async () => {
    outbox.add(made(), ['run_ended/1'], ['ops']);
    await deliver([hook({ headers: { authorization: 'Bearer x' } })]);
    await deliver([hook()]);
    expect(receiver.received).toHaveLength(1);
    const [first] = receiver.received;
    expect(first?.headers.authorization).toBe('Bearer x');
    expect(first?.body).toMatchObject({ version: 1, kind: 'run_ended', controller: 'c-1', simulated: true });
    expect(outbox.counts()).toMatchObject({ delivered: 1, due: 0 });
  });

  it('in the format of Slack have a text and a section with the special characters escaped', async () => {
    outbox.add(made(), ['k'], ['ops']);
    await deliver([hook({ format: 'slack' })]);
    expect(receiver.received[0]?.body['text']).toContain('SIMULATED ended &lt;well&gt; &amp; good');
    expect(JSON.stringify(receiver.received[0]?.body['blocks'])).toContain('mrkdwn');
  });

  it('are tried again after failures, later each time, until they are taken', async () => {
    outbox.add(made(), ['k'], ['ops']);
    receiver.status = 503;
    await deliver([hook()]);
    await deliver([hook()]);
    expect(receiver.received).toHaveLength(1);
    now += 5000;
    await deliver([hook()]);
    expect(receiver.received).toHaveLength(2);
    receiver.status = 204;
    now += 29_000;
    await deliver([hook()]);
    expect(receiver.received).toHaveLength(2);
    now += 1000;
    await deliver([hook()]);
    expect(receiver.received).toHaveLength(3);
    expect(outbox.counts()).toMatchObject({ delivered: 1, due: 0 });
  });

  it('that are down hold up nobody else, and are asked once for all that waits for them', async () => {
    const other = new Receiver();
    other.server.listen(0, '127.0.0.1');
    await once(other.server, 'listening');
    try {
      for (let at = 1; at <= 30; at += 1) outbox.add(made({ at }), [`k${at}`], ['ops']);
      outbox.add(made({ at: 31 }), ['k31'], ['pager']);
      receiver.status = 503;
      const both = [hook(), hook({ name: 'pager', url: other.url })];
      await deliver(both);
      expect(other.received).toHaveLength(1);
      now += 4999;
      await deliver(both);
      expect(receiver.received).toHaveLength(1);
      receiver.status = 200;
      for (let turn = 0; turn < 2; turn += 1) {
        now += 5000;
        await deliver(both);
      }
      // In the order in which they were told.
      const times = receiver.received.slice(1).map(({ body }) => Date.parse(String(body['at'])));
      expect(times).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    } finally {
      other.server.closeAllConnections();
      other.server.close();
    }
  });

  it('get what waits although nothing new can be told', async () => {
    outbox.add(made(), ['k'], ['ops']);
    const note = (_fields: object, message: string) => log.push(message);
    const situation = () => {
      throw new Error('a report is half a file');
    };
    const config = { webhooks: [hook()], silentAfterS: 300, diskFullWithinS: 1 };
    const sources = { outbox, situation, fetch, now: () => now, log: { info: note, warn: note, error: note } };
    const notifier = new Notifier({ config, controllerId: 'c-1' }, { ...sources, schedule: () => () => undefined });
    await notifier.flush(1000);
    expect(receiver.received).toHaveLength(1);
    expect(log.join()).toContain('could not be looked after');
  });

  it('that refuse are not asked again, and nothing that is logged names their path', async () => {
    outbox.add(made(), ['k'], ['ops']);
    receiver.status = 404;
    await deliver([hook()]);
    now += 86_400_000;
    await deliver([hook()]);
    expect(receiver.received).toHaveLength(1);
    expect(outbox.counts()).toMatchObject({ refused: 1 });
    expect(log.join('\n')).toContain('answered 404');
    expect(log.join('\n')).not.toContain(SECRET);
  });

  it('that are down for a day are given up, in the log without their address', async () => {
    const down = hook();
    receiver.server.close();
    await once(receiver.server, 'close');
    outbox.add(made({ at: now }), ['k'], ['ops']);
    await deliver([down]);
    expect(outbox.counts()).toMatchObject({ due: 1 });
    now += 86_400_001;
    await deliver([down]);
    expect(outbox.counts()).toMatchObject({ due: 0, given_up: 1 });
    expect(log.join('\n')).toContain('ECONNREFUSED');
    expect(log.join('\n')).not.toContain(SECRET);
  });

  it('get a notification a second time, under the same key, from a controller that was killed before it could note the answer', async () => {
    outbox.add(made(), ['k'], ['ops']);
    outbox.close();
    const module = (name: string) => JSON.stringify(new URL(`./${name}.ts`, import.meta.url).href);
    const script = `
      const { openOutbox } = await import(${module('outbox')});
      const { deliverDue } = await import(${module('webhook-sender')});
      const log = { info() {}, warn() {}, error() {} };
      const outbox = openOutbox(${JSON.stringify(join(folder, 'notifications.db'))});
      // The answer is here; kill -9 comes before it is noted.
      const noted = { ...outbox, due: (...about) => outbox.due(...about), settle: () => process.kill(process.pid, 'SIGKILL') };
      const deps = { fetch, now: () => 1000, log, signal: new AbortController().signal };
      await deliverDue(noted, { webhooks: [${JSON.stringify(hook())}], controllerId: 'c-1' }, deps);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    expect(receiver.received).toHaveLength(1);
    outbox = openOutbox(join(folder, 'notifications.db'));
    await deliver([hook()]);
    await deliver([hook()]);
    expect(receiver.received.map(({ body }) => body['key'])).toEqual(['run_ended/1', 'run_ended/1']);
    expect(outbox.counts()).toMatchObject({ delivered: 1, due: 0 });
  });

  it('are not led elsewhere by a redirect', async () => {
    receiver.status = 302;
    receiver.headers = { location: `${receiver.url}/elsewhere` };
    outbox.add(made(), ['k'], ['ops']);
    await deliver([hook()]);
    expect(receiver.received).toHaveLength(1);
    expect(outbox.counts()).toMatchObject({ refused: 1 });
  });

  it('one that is down does not hold up another', async () => {
    const other = new Receiver();
    other.server.listen(0, '127.0.0.1');
    await once(other.server, 'listening');
    try {
      receiver.status = 500;
      outbox.add(made(), ['k'], ['ops', 'second']);
      await deliver([hook(), hook({ name: 'second', url: other.url })]);
      expect(other.received).toHaveLength(1);
      expect(outbox.counts()).toMatchObject({ delivered: 1, due: 1 });
    } finally {
      other.server.closeAllConnections();
      other.server.close();
    }
  });

  it('that are gone from the configuration are forgotten', async () => {
    outbox.add(made(), ['k'], ['gone']);
    await deliver([hook()]);
    expect(outbox.counts()).toMatchObject({ given_up: 1, due: 0 });
  });
});

describe('the outbox', () => {
  it('is private and remembers what was told and what is due over a restart; old things go', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ptp-outbox-'));
    try {
      const path = join(folder, 'notifications.db');
      const first = openOutbox(path);
      first.add(made(), ['a', 'b'], ['ops']);
      first.close();
      expect(statSync(path).mode & 0o777).toBe(0o600);
      const second = openOutbox(path);
      expect([...second.known()].sort()).toEqual(['a', 'b']);
      expect(second.due(1, 10)).toMatchObject([{ webhook: 'ops', notification: { title: 'ended <well> & good' } }]);
      second.prune(91 * 86_400_000);
      expect([...second.known()]).toEqual([]);
      expect(second.due(1, 10)).toEqual([]);
      second.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says what to do about a file that is no outbox', () => {
    expect(() => openOutbox(import.meta.filename)).toThrow(/cannot be used: .*move it away/);
  });
});

describe('an answer', () => {
  it('that asks to wait is waited for, an hour at most', () => {
    const asked = (retryAfter: string) => judgeAnswer({ kind: 'status', status: 429, retryAfter }, 1);
    expect(asked('60')).toMatchObject({ kind: 'retry', inMs: 60_000 });
    expect(asked('1')).toMatchObject({ inMs: 5000 });
    expect(asked('999999')).toMatchObject({ inMs: 3_600_000 });
    expect(asked('Fri, 31 Dec 1999 23:59:59 GMT')).toMatchObject({ inMs: 5000 });
  });

  it('cuts what Slack would refuse', () => {
    const body = JSON.parse(webhookBody('slack', made({ text: 'x'.repeat(10_000) }), 'c'));
    expect(body.blocks[0].text.text.length).toBeLessThan(3000);
  });
});
