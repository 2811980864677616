import { readStoredRun } from '../spine/stored-run.ts';

const s = readStoredRun(process.argv[2] ?? '');
console.log(
  JSON.stringify(
    {
      i: s?.instances,
      e: s?.agentEvents.map((e) => `${e.at} ${e.event} ${JSON.stringify(e.detail)}`),
      c: s?.events.map((e) => e.event),
      samples: [...(s?.samples ?? [])],
    },
    (_, v) => (typeof v === 'bigint' ? String(v) : v),
    1,
  ),
);
