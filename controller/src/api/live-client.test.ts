import { expect, it } from 'vitest';
import { LiveClient } from './live-client.ts';

/** A socket that nothing is wrong with, as far as this side can see. */
function madeClient() {
  const done: string[] = [];
  const socket = {
    bufferedAmount: 0,
    send: () => undefined,
    close: () => undefined,
    terminate: () => done.push('terminate'),
    ping: () => done.push('ping'),
  };
  const client = new LiveClient(socket);
  const beat = (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) client.beat();
  };
  return { client, done, beat };
}

it('a reader whose laptop was closed on a page that nothing is sent to is ended within about a minute', () => {
  const { done, beat } = madeClient();
  beat(60);
  expect(done).toEqual(['ping', 'ping', 'ping']);
  beat(1);
  expect(done.at(-1)).toBe('terminate');
});

it('a reader that answers stays for weeks', () => {
  const { client, done, beat } = madeClient();
  for (let minute = 0; minute < 21 * 1440; minute += 1) {
    beat(25);
    client.heard();
  }
  expect(new Set(done)).toEqual(new Set(['ping']));
});
