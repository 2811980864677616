import { writeFileSync } from 'node:fs';
import { labImage } from './lab-image.ts';
import { openLabRun } from './lab-run.ts';

const image = await labImage();
if (!('manifest' in image)) throw new Error('no image');
const [userData = 'light', name = 'dev', ...flags] = process.argv.slice(2);
const run = await openLabRun({ manifest: image.manifest, userData: userData as 'light', duration: '3h', flags });
process.on('SIGTERM', () => run.close().then(() => process.exit(0)));
const guest = await run.guest();
writeFileSync(`/tmp/labdev/${name}.sock`, `${guest.folder}/ptp-tester.shell.sock`);
writeFileSync(`/tmp/labdev/${name}.data`, run.data);
console.log('folder', guest.folder, 'data', run.data);
const t0 = performance.now();
try {
  await run.untilLocked();
  console.log('locked', (performance.now() - t0) / 1000);
} catch (e) {
  console.log(String(e));
}
setInterval(() => {
  const s = run.look();
  const st = {
    verdict: s?.instances[0]?.verdict,
    events: s?.agentEvents.slice(-40).map((e) => `${e.at} ${e.event} ${JSON.stringify(e.detail)}`),
    samples: [...(s?.samples ?? [])],
    controller: s?.events.map((e) => e.event),
  };
  writeFileSync(
    `/tmp/labdev/${name}.json`,
    JSON.stringify(st, (_, v) => (typeof v === 'bigint' ? String(v) : v), 1),
  );
}, 2000);
