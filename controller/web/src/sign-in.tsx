/** Asks for the operators' token, once, and says where it lies. */
import { useState } from 'preact/hooks';
import { Notice } from './components/notice.tsx';
import { messageOf } from './request.ts';
import { signIn } from './session.ts';

export function SignIn() {
  const [token, setToken] = useState('');
  const [trouble, setTrouble] = useState<string | null>(null);
  const enter = async (event: Event) => {
    event.preventDefault();
    try {
      await signIn(token.trim());
    } catch (error) {
      setTrouble(messageOf(error));
    }
  };
  return (
    <main class="sign-in">
      <form class="card" onSubmit={enter}>
        <h1>
          <img src="/assets/icon.svg" alt="" width={28} height={28} /> ptp-tester
        </h1>
        <p>This controller finds out whether, and how well, EC2 instances keep time with the ENA PTP hardware clock.</p>
        <label>
          Operators' token
          <input
            type="password"
            name="token"
            autocomplete="current-password"
            required
            autofocus
            value={token}
            onInput={({ currentTarget }) => setToken(currentTarget.value)}
          />
        </label>
        {trouble === null ? null : <Notice tone="error">{trouble}</Notice>}
        <button type="submit" class="primary">
          Sign in
        </button>
        <p class="soft small">
          Paste the content of the file <code>operator.token</code> in the controller's data directory, by default{' '}
          <code>ptp-tester-data/operator.token</code>. It is sent once; this browser keeps a session cookie only.
        </p>
      </form>
    </main>
  );
}
