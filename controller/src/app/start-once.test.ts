import { expect, it } from 'vitest';
import { madeRun, madeSpec } from '../runs/made-run.fixture.ts';
import { openRunRepository } from '../runs/sqlite-run-repository.ts';
import { StartOnce } from './start-once.ts';

const REQUEST = 'request-0001';

it('begins once for the same request, while it is under way and after it', async () => {
  const repository = openRunRepository(':memory:', { now: () => 0 });
  const once = new StartOnce(repository);
  let begun = 0;
  const begin = async () => {
    begun += 1;
    await new Promise(setImmediate);
    const run = madeRun({}, madeSpec({ requestId: REQUEST }));
    repository.createRun(run, []);
    return run.id;
  };
  const [first, second] = await Promise.all([once.start(REQUEST, begin), once.start(REQUEST, begin)]);
  expect(second).toBe(first);
  // Also of a controller that was started anew.
  expect(await new StartOnce(repository).start(REQUEST, begin)).toBe(first);
  expect(begun).toBe(1);
  repository.close();
});

it('begins again what failed, and each request without an id', async () => {
  const once = new StartOnce({ runs: () => [] });
  let begun = 0;
  const fail = () => {
    begun += 1;
    return Promise.reject(new Error('no capacity'));
  };
  await expect(once.start(REQUEST, fail)).rejects.toThrow('no capacity');
  await expect(once.start(REQUEST, fail)).rejects.toThrow('no capacity');
  await expect(once.start(undefined, fail)).rejects.toThrow('no capacity');
  expect(begun).toBe(3);
});
