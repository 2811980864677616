/** Where commands find the controller: it takes its address back when it ends, what a killed one left misleads nobody, and a watcher follows it elsewhere. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nodeWords, startSpine } from '../spine/spine-harness.ts';

it('status shows live figures with their age, names a killed controller, and watch follows it to another port', async ({
  onTestFinished,
}) => {
  const spine = await startSpine(onTestFinished);
  const address = join(spine.data, 'operator.url');
  const first = spine.run({ duration: '10m', flags: ['--extend-room', '10m'] });
  await spine.untilMeasuring();
  await spine.untilMoreSamples(spine.look()?.samples ?? new Map(), 20);
  const { id } = spine.look()?.run ?? { id: '' };
  const ask = (...words: string[]) => spine.command(...words, '--data', spine.data);

  const extended = await ask('extend', id, '2m', '--json');
  expect(JSON.parse(extended.stdout), extended.describe()).toMatchObject({
    planned_soak_seconds: 600,
    extended_by_seconds: 120,
  });
  const live = await ask('status', id, '--json');
  const shown = JSON.parse(live.stdout);
  expect(shown, live.describe()).toMatchObject({
    planned_soak_seconds: 600,
    extended_by_seconds: 120,
    live: { at: expect.any(String), controller: `http://127.0.0.1:${spine.operatorPort}` },
    live_missing: null,
  });
  expect(shown.live.instances[0].offset_last_ns).toEqual(expect.any(Number));
  const text = await ask('status', id);
  expect(text.stdout).toMatch(/figures of 20\S+ from the controller at http\S+; the word of the quietest instance is/);

  const watching = spine.start(nodeWords('controller/src/main.ts', ['watch', id, '--data', spine.data, '--json']));
  await watching.line(/"connected":true\}$/);
  await first.kill();
  expect(existsSync(address)).toBe(true);
  const gone = await ask('status', id);
  expect(gone.end?.code, gone.describe()).toBe(0);
  expect(gone.stdout).toMatch(/NOT DRIVEN NOW. No controller runs on .* was killed/);
  const listed = await ask('status');
  expect(listed.stdout).toMatch(new RegExp(`run ${id}: .*, NOT DRIVEN NOW\\nNOT DRIVEN NOW. No controller`));
  const refused = await ask('stop', id);
  expect(refused.end?.code).toBe(2);
  expect(refused.stderr).toContain('was killed. Start one: ptp-tester serve --data');
  await watching.line(/"connected":false\}$/);

  const flags = spine.controllerFlags.map((word) =>
    word === `127.0.0.1:${spine.operatorPort}` ? '127.0.0.1:0' : word,
  );
  const serve = spine.start(nodeWords('controller/src/main.ts', ['serve', '--json', ...flags]));
  await serve.line(/"resumed"/);
  expect(readFileSync(address, 'utf8')).not.toContain(`:${spine.operatorPort}\n`);
  await spine.command('stop', id, '--data', spine.data);
  // Only the new connection can have said so.
  await watching.line(/"state":"ended".*"connected":true\}$/);
  await serve.stop();
  expect(existsSync(address)).toBe(false);
});
