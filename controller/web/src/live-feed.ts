/** The one live socket: opens, says what is watched, comes back by itself after each loss, and knows when it last heard anything. */
import { signal } from '@preact/signals';
import type { LiveMessage } from '../../src/api/live-schemas.ts';
import { applyMessage, forgetRun, type LiveState, NOTHING_YET } from './live-state.ts';
import { checkSession } from './session.ts';

export type Samples = Extract<LiveMessage, { type: 'samples' }>;

export type Connection =
  | { readonly state: 'off' }
  | { readonly state: 'connecting' }
  | { readonly state: 'open' }
  | { readonly state: 'waiting'; readonly retryAtMs: number };

interface Watched {
  readonly run: string | null;
  readonly instance: string | null;
}

export const live = signal<LiveState>(NOTHING_YET);
export const connection = signal<Connection>({ state: 'off' });
/** This browser's clock when anything last arrived; null: nothing has yet. */
export const heardAtMs = signal<number | null>(null);

const RETRY_MS = [500, 1000, 2000, 4000, 8000, 15_000];
/** With a run watched something comes every 10 s at least; a line that is silent for longer is dead although nobody said so. */
const SILENT_MS = 25_000;

const readers = new Set<(samples: Samples) => void>();
let watched: Watched = { run: null, instance: null };
let socket: WebSocket | null = null;
let failures = 0;
let retry: ReturnType<typeof setTimeout> | undefined;
let watchdog: ReturnType<typeof setInterval> | undefined;

export function openFeed(): void {
  if (socket !== null) return;
  connect();
  watchdog ??= setInterval(checkSilence, 5000);
}

export function closeFeed(): void {
  clearTimeout(retry);
  clearInterval(watchdog);
  watchdog = undefined;
  const old = socket;
  socket = null;
  old?.close();
  connection.value = { state: 'off' };
  live.value = NOTHING_YET;
  heardAtMs.value = null;
}

/** What messages are wanted of, from now on and after each reconnection. */
export function watch(next: Watched): void {
  if (next.run === watched.run && next.instance === watched.instance) return;
  if (next.run !== watched.run) live.value = forgetRun(live.value);
  watched = next;
  sendWatched();
}

/** Single samples of the watched instance; returns how to stop. */
export function onSamples(reader: (samples: Samples) => void): () => void {
  readers.add(reader);
  return () => readers.delete(reader);
}

/** At once, instead of after the wait. */
export function reconnectNow(): void {
  clearTimeout(retry);
  if (socket === null) connect();
}

function connect(): void {
  const { protocol, host } = location;
  const opened = new WebSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}/api/v1/live`);
  socket = opened;
  connection.value = { state: 'connecting' };
  opened.addEventListener('open', () => {
    failures = 0;
    connection.value = { state: 'open' };
    heardAtMs.value = Date.now();
    sendWatched();
  });
  opened.addEventListener('message', ({ data }) => receive(String(data)));
  opened.addEventListener('close', () => {
    if (socket === opened) lost();
  });
}

function lost(): void {
  socket = null;
  const delay = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 15_000;
  failures += 1;
  connection.value = { state: 'waiting', retryAtMs: Date.now() + delay };
  retry = setTimeout(connect, delay);
  // A socket is refused without a reason; the session may have ended.
  void checkSession();
}

function checkSilence(): void {
  const isSilent = Date.now() - (heardAtMs.value ?? 0) > SILENT_MS;
  if (connection.value.state === 'open' && watched.run !== null && isSilent) {
    const old = socket;
    lost();
    old?.close();
  }
}

function sendWatched(): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: 'watch', ...watched }));
}

function receive(text: string): void {
  const message = JSON.parse(text) as LiveMessage;
  heardAtMs.value = Date.now();
  if (message.type === 'samples') {
    for (const reader of readers) reader(message);
    return;
  }
  live.value = applyMessage(live.value, message, Date.now());
}
