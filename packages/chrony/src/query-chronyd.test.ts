/** The client against a real UDP socket that misbehaves on demand; a real chronyd is in test/system/chrony.test.ts. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { ChronyReports } from './chrony-reports.ts';
import { connectChronyd } from './query-chronyd.ts';

const file = new URL('../fixtures/captured.json', import.meta.url);
const captured = JSON.parse(readFileSync(file, 'utf8')) as {
  phc_behind: { tracking: string; n_sources: string; sources: string[]; sourcestats: string[] };
  refusals: { no_such_source: string };
};

/** The captured reply to a request, with its sequence. */
function answer(request: Uint8Array): Uint8Array {
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
  const index = view.getUint32(20);
  const hex = {
    33: captured.phc_behind.tracking,
    14: captured.phc_behind.n_sources,
    15: captured.phc_behind.sources[index] ?? captured.refusals.no_such_source,
    34: captured.phc_behind.sourcestats[index] ?? captured.refusals.no_such_source,
  }[view.getUint16(4)];
  const reply = Uint8Array.from(Buffer.from(hex ?? '', 'hex'));
  new DataView(reply.buffer).setUint32(16, view.getUint32(8));
  return reply;
}

type Behave = (request: Uint8Array, send: (reply: Uint8Array) => void) => void;
const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function chronydThat(behave: Behave): Promise<{ reports: ChronyReports; server: Socket }> {
  const server = createSocket('udp4');
  server.on('message', (request: Uint8Array, from: RemoteInfo) =>
    behave(request, (reply) => server.send(reply, from.port, from.address)),
  );
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  const address = { host: '127.0.0.1', port: server.address().port, timeoutMs: 100, attempts: 2 };
  const reports = await connectChronyd(address, { random: () => 0.999999999 });
  open.push(reports);
  return { reports, server };
}

describe('asking chronyd', () => {
  it('returns the reports, and sources in their order', async () => {
    const { reports, server } = await chronydThat((request, send) => send(answer(request)));
    open.push(server);
    expect(await reports.tracking()).toMatchObject({ name: 'PHC0', stratum: 1 });
    expect((await reports.sources()).map((source) => source.name)).toEqual(['PHC0', '127.0.0.2']);
    expect((await reports.sourceStats()).map((stats) => stats.name)).toEqual(['PHC0', '127.0.0.2']);
  });

  it('keeps answers apart when many are asked at once', async () => {
    const { reports, server } = await chronydThat((request, send) => send(answer(request)));
    open.push(server);
    const all = await Promise.all([reports.sources(), reports.tracking(), reports.sourceStats(), reports.tracking()]);
    expect(all.map((one) => (Array.isArray(one) ? one.length : 1))).toEqual([2, 1, 2, 1]);
  });

  it('leaves replies with another sequence alone and waits for the right one', async () => {
    const { reports, server } = await chronydThat((request, send) => {
      const late = answer(request);
      late[19] = (late[19] ?? 0) ^ 0xff;
      send(late);
      send(Uint8Array.of(1, 2, 3));
      send(answer(request));
    });
    open.push(server);
    expect(await reports.tracking()).toMatchObject({ name: 'PHC0' });
  });

  it('asks again with the same sequence when the first request is lost', async () => {
    const seen: number[][] = [];
    const { reports, server } = await chronydThat((request, send) => {
      const view = new DataView(request.buffer, request.byteOffset);
      seen.push([view.getUint32(8), view.getUint16(6)]);
      if (seen.length > 1) send(answer(request));
    });
    open.push(server);
    await reports.tracking();
    expect(seen).toEqual([
      [seen[0]?.[0], 0],
      [seen[0]?.[0], 1],
    ]);
  });

  it('gives up with a timeout, and the next question still works', async () => {
    let deaf = true;
    const { reports, server } = await chronydThat((request, send) => {
      if (!deaf) send(answer(request));
    });
    open.push(server);
    await expect(reports.tracking()).rejects.toMatchObject({ code: 'timeout' });
    deaf = false;
    expect(await reports.tracking()).toMatchObject({ name: 'PHC0' });
  });

  it('says unreachable at once when nothing listens', async () => {
    const { reports, server } = await chronydThat(() => undefined);
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await expect(reports.tracking()).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('stops at a source that was removed meanwhile', async () => {
    const { reports, server } = await chronydThat((request, send) => {
      const reply = answer(request);
      if (reply[5] === 14) reply[31] = 5;
      send(reply);
    });
    open.push(server);
    expect(await reports.sources()).toHaveLength(2);
  });

  it('rejects the question under way when it is closed', async () => {
    const { reports, server } = await chronydThat(() => reports.close());
    open.push(server);
    await expect(reports.tracking()).rejects.toMatchObject({ code: 'closed' });
    await expect(reports.tracking()).rejects.toMatchObject({ code: 'closed' });
  });
});
