/** The disk of the notifier's outbox is full: people are told all the same, once, and it is on record when there is room again. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Notifier } from '../../controller/src/notify/notifier.ts';
import { openOutbox } from '../../controller/src/notify/outbox.ts';
import type { Situation } from '../../controller/src/notify/situation.ts';
import { SteadfastOutbox } from '../../controller/src/notify/steadfast-outbox.ts';
import { mountSmallDisk } from '../spine/small-disk.ts';

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.log('skipped: a full disk is a small tmpfs, and mounting one needs root');

const HOUR = 3_600_000;

it.skipIf(!isRoot)(
  'tells each notification once while its disk is full and after a restart, and says why it is not written',
  async ({ onTestFinished }) => {
    const folder = mkdtempSync(join(tmpdir(), 'ptp-notify-full-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const disk = mountSmallDisk({ atEnd: onTestFinished }, join(folder, 'disk'), 1);
    const told: string[] = [];
    const server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      told.push(JSON.parse(text).key);
      response.writeHead(200).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });

    let now = 1000 * HOUR;
    const logged: string[] = [];
    const note = (fields: object, message: string) => logged.push(`${message} ${'err' in fields ? fields.err : ''}`);
    const log = { info: note, warn: note, error: note };
    const situation = (): Situation => ({
      now,
      startedAt: 0,
      runs: [],
      disk: null,
      storeFailure: 'database or disk is full',
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const webhook = { name: 'ops', url, format: 'json', kinds: null, headers: {} } as const;
    const config = { webhooks: [webhook], silentAfterS: 300, diskFullWithinS: 86_400 };
    const open = () => {
      const outbox = new SteadfastOutbox(openOutbox(join(disk.path, 'notifications.db')), { log });
      // Nothing is scheduled: each flush is one look.
      const schedule = () => () => undefined;
      return new Notifier({ config, controllerId: 'c' }, { outbox, situation, fetch, log, schedule, now: () => now });
    };

    const notifier = open();
    await notifier.flush(10_000);
    expect(told).toEqual(['store_failing/1000']);
    disk.fill();
    for (let looks = 0; looks < 5; looks += 1) {
      now += HOUR / 2;
      await notifier.flush(10_000);
    }
    expect(told).toEqual(['store_failing/1000', 'store_failing/1001', 'store_failing/1002']);
    expect(logged.filter((line) => line.startsWith('notifications cannot be written'))).toEqual([
      expect.stringContaining('disk is full'),
    ]);
    expect(notifier.counts()).toMatchObject({ delivered: 3, due: 0 });
    disk.free();
    await notifier.flush(10_000);
    expect(logged).toContain('notifications can be written again ');
    await notifier.close();

    const again = open();
    await again.flush(10_000);
    expect(told).toHaveLength(3);
    expect(again.counts()).toMatchObject({ delivered: 3, due: 0 });
    await again.close();
  },
);
