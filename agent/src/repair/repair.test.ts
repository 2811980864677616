/** Both sides of what the agent asks root for: the agent's file, and what root makes of it on a machine in memory. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import type { Inspection } from '../setup/inspect.ts';
import { makeHost } from '../setup/made-host.ts';
import { NOT_INSPECTED } from '../status.ts';
import { carryOutRepair } from './carry-out-repair.ts';
import { ChronyRepair } from './chrony-repair.ts';
import { asRepairRequest } from './repair-request.ts';

const BOOT = '0e4d7c1a-0000-0000-0000-000000000001';
const MINUTE_NS = 60_000_000_000n;
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function agentSide(stateDir = mkdtempSync(join(tmpdir(), 'chrony-repair-')), bootId = BOOT) {
  if (!folders.includes(stateDir)) folders.push(stateDir);
  const problems: unknown[] = [];
  const told: object[] = [];
  const notice = (event: string, detail: object) => void told.push({ event, ...detail });
  const problem = (error: unknown) => void problems.push(error);
  const asked: string[] = [];
  const askForSetup = () => Promise.resolve(void asked.push(readFileSync(join(stateDir, 'repair.json'), 'utf8')));
  const repair = new ChronyRepair({ stateDir, bootId }, { askForSetup, problem, notice });
  await repair.open();
  repair.setOurs(true);
  return { stateDir, repair, problems, told, asked, path: join(stateDir, 'repair.json') };
}

/** The request as it lies there once its number is `number`. */
function written(path: string, number: number): Promise<unknown> {
  return vi.waitFor(() => {
    const request = JSON.parse(readFileSync(path, 'utf8')) as { number: number };
    if (request.number !== number) throw new Error(`still ${request.number}`);
    return request;
  });
}

/** Root of a machine with Debian's chronyd. */
function rootSide() {
  const host = makeHost();
  host.answer('systemctl show', 'Id=chrony.service\nLoadState=loaded\n');
  host.answer('systemctl show --property=ActiveState,Result', 'ActiveState=failed\nResult=signal\n');
  host.answer('systemctl reset-failed', '');
  host.answer('systemctl restart', '');
  const place = { stateDir: '/state', folder: '/root-folder', bootId: BOOT };
  const request = (value: unknown) => host.writeFile('/state/repair.json', Buffer.from(JSON.stringify(value)));
  const uptime = (seconds: number) => host.writeFile('/proc/uptime', Buffer.from(`${seconds}.25 1.00\n`));
  const restarts = () => host.ran.filter((line) => line === 'systemctl restart chrony.service').length;
  return { host, request, uptime, restarts, act: () => carryOutRepair(place, host) };
}

function requestNumber(number: number) {
  const asked = [{ boot_id: BOOT, at_s: 10 }];
  return { version: 1, action: 'restart_chronyd', why: 'dead_descriptor', number, asked };
}

it('what the agent asks for, root does once', async () => {
  const { repair, path, asked } = await agentSide();
  expect(repair.ask('dead_descriptor', 10n * MINUTE_NS).told).toBe('asked for');
  const { host, request, restarts, act } = rootSide();
  await request(await written(path, 1));
  // Root is told of it when it lies there.
  await vi.waitFor(() => expect(asked.map((text) => JSON.parse(text).number)).toEqual([1]));
  expect(await act()).toEqual({ said: 'chrony.service restarted (dead_descriptor)', endsHere: false });
  expect(await act()).toBeNull();
  expect(restarts()).toBe(1);
  expect(host.ran).toContain('systemctl reset-failed chrony.service');
});

it('the agent asks three times an hour, also over its own restarts, and again after a reboot', async () => {
  const { stateDir, repair, path } = await agentSide();
  for (const minute of [10n, 20n, 30n]) expect(repair.ask('unanswered', minute * MINUTE_NS).told).toBe('asked for');
  expect(repair.ask('unanswered', 40n * MINUTE_NS).told).toBe('not asked for: there were 3 within an hour');
  await written(path, 3);
  const again = await agentSide(stateDir);
  expect(again.repair.ask('unanswered', 41n * MINUTE_NS).told).toMatch('not asked for');
  expect(again.repair.ask('unanswered', 71n * MINUTE_NS).told).toBe('asked for');
  await written(path, 4);
  const rebooted = await agentSide(stateDir, 'another boot');
  expect(rebooted.repair.ask('unanswered', 1n * MINUTE_NS).told).toBe('asked for');
  await written(path, 5);
});

it("a chronyd that is not this tool's is left alone", async () => {
  const { repair } = await agentSide();
  repair.setOurs(false);
  expect(repair.ask('unanswered', MINUTE_NS).told).toMatch('does not let this tool configure chrony');
});

it('root restarts three times an hour, whatever the file asks, and by the time since boot: each request has a process of its own', async () => {
  const { request, uptime, restarts, act } = rootSide();
  const said: (string | undefined)[] = [];
  for (let number = 1; number <= 5; number += 1) {
    await uptime(1000 + 60 * number);
    await request(requestNumber(number));
    said.push((await act())?.said);
  }
  expect(restarts()).toBe(3);
  expect(said.at(-1)).toMatch('3 times within an hour');
  await uptime(1060 + 3600);
  await request(requestNumber(6));
  await act();
  expect(restarts()).toBe(4);
});

it.each([
  { what: 'another action', request: { ...requestNumber(1), action: 'run' } },
  { what: 'a command beside the action', request: { ...requestNumber(1), command: 'reboot' } },
  { what: 'no request at all', request: ['restart_chronyd'] },
])('root does nothing for $what', async ({ request }) => {
  const root = rootSide();
  await root.request(request);
  expect(await root.act()).toBeNull();
  expect(root.host.ran).toEqual([]);
});

it('says why a restart failed', async () => {
  const { host, request, act } = rootSide();
  host.answer('systemctl restart', { kind: 'ran', exitCode: 1, output: 'Job failed.' });
  await request(requestNumber(1));
  expect((await act())?.said).toBe('systemctl restart chrony.service ended with 1: Job failed.');
});

it('a chronyd that somebody stopped is left so', async () => {
  const { host, request, restarts, act } = rootSide();
  host.answer('systemctl show --property=ActiveState,Result', 'ActiveState=inactive\nResult=success\n');
  await request(requestNumber(1));
  expect(await act()).toMatchObject({ endsHere: true });
  expect(restarts()).toBe(0);
});

it('a disk that cannot be written stops the restart, which could not be counted, and nothing else', async () => {
  const { host, request, restarts, act } = rootSide();
  await request(requestNumber(1));
  host.readOnly.add('/root-folder/repairs.json');
  expect(await act()).toMatchObject({ said: expect.stringContaining('EROFS'), endsHere: false });
  expect(restarts()).toBe(0);
});

const NOT_SELECTED: Inspection = {
  ...NOT_INSPECTED,
  capability: { value: 'supported', reason: 'ena-ptp-05 was found and read.' },
  setup: { value: 'rolled_back', reason: 'phc_selected: after 90 s chronyd follows 169.254.169.123' },
  ptpStatus: { ...NOT_INSPECTED.ptpStatus, hardware_clock_present: true },
  phcNotSelectedInTime: true,
};

it('the agent asks an hour after the rollback for the setup, also when it was restarted meanwhile, and tells', async () => {
  const first = await agentSide();
  first.repair.inspected(NOT_SELECTED, 10n * MINUTE_NS);
  await vi.waitFor(() => readFileSync(join(first.stateDir, 'setup-retries.json')));
  const { repair, path, told } = await agentSide(first.stateDir);
  repair.inspected(NOT_SELECTED, 69n * MINUTE_NS);
  expect(told).toEqual([]);
  repair.inspected(NOT_SELECTED, 70n * MINUTE_NS);
  repair.inspected(NOT_SELECTED, 71n * MINUTE_NS);
  expect(asRepairRequest(await written(path, 1))).toMatchObject({ action: 'retry_setup', why: 'phc_not_selected' });
  expect(told).toEqual([
    {
      event: 'environment_changed',
      setup: { before: NOT_SELECTED.setup.reason, after: 'asked for again, try 1: the PHC can be read' },
    },
  ]);
});

it('the agent asks for no setup that does not configure chrony', async () => {
  const { repair, told } = await agentSide();
  repair.setOurs(false);
  for (const minute of [0n, 100n, 1000n]) repair.inspected(NOT_SELECTED, minute * MINUTE_NS);
  expect(told).toEqual([]);
});

function retryNumber(number: number) {
  return { ...requestNumber(number), action: 'retry_setup', why: 'phc_not_selected' };
}

it('root lets the setup run again once an hour, and what was refused keeps no later setup from running', async () => {
  const { request, uptime, restarts, act } = rootSide();
  await uptime(4000);
  await request(retryNumber(1));
  expect(await act()).toMatchObject({ said: expect.stringContaining('is tried again'), endsHere: false });
  await uptime(7000);
  await request(retryNumber(2));
  expect(await act()).toEqual({
    said: 'the setup was tried again within the last hour: not now',
    endsHere: true,
  });
  expect(await act()).toBeNull();
  await uptime(7600);
  await request(retryNumber(3));
  expect(await act()).toMatchObject({ endsHere: false });
  expect(restarts()).toBe(0);
});

it('root counts restarts and setups apart', async () => {
  const { request, uptime, restarts, act } = rootSide();
  await uptime(4000);
  await request(retryNumber(1));
  await act();
  await request(requestNumber(2));
  await act();
  expect(restarts()).toBe(1);
  await request(retryNumber(3));
  expect(await act()).toMatchObject({ endsHere: true });
});

it('no setup is tried again that would start a chronyd that somebody stopped', async () => {
  const { host, request, act } = rootSide();
  host.answer('systemctl show --property=ActiveState,Result', 'ActiveState=inactive\nResult=success\n');
  await request(retryNumber(1));
  expect(await act()).toMatchObject({ endsHere: true });
});
