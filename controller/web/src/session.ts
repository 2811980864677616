/** Whether this browser may ask the controller. The token is sent once; what stays is a cookie that scripts cannot read. */
import { signal } from '@preact/signals';
import { messageOf, onUnauthorized, RequestError, request } from './request.ts';

const PATH = '/api/v1/session';

export const session = signal<'unknown' | 'none' | 'open'>('unknown');
/** Why the session could not be asked for; null: it could. */
export const sessionTrouble = signal<string | null>(null);

onUnauthorized(() => {
  session.value = 'none';
});

export async function checkSession(): Promise<void> {
  sessionTrouble.value = null;
  try {
    await request(PATH);
    session.value = 'open';
  } catch (error) {
    if (error instanceof RequestError && error.status === 401) return;
    sessionTrouble.value = messageOf(error);
  }
}

/** Rejects with `RequestError` for a wrong token. */
export async function signIn(token: string): Promise<void> {
  await request(PATH, { method: 'POST', body: { token } });
  session.value = 'open';
}

export async function signOut(): Promise<void> {
  await request(PATH, { method: 'DELETE' });
  session.value = 'none';
}
