/** A small HTTP request with node:http. `fetch` would cost the agent 10 MB of memory for its whole life. */
import { type IncomingMessage, request } from 'node:http';

export interface TextRequest {
  readonly method: 'GET' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  /** From sending to the end of the answer. */
  readonly timeoutMs: number;
}

export interface TextAnswer {
  readonly status: number;
  readonly text: string;
}

export type RequestText = (url: string, options: TextRequest) => Promise<TextAnswer>;

/** What the metadata service answers is far smaller; anything longer is not the metadata service. */
const LONGEST_ANSWER_BYTES = 65_536;

/** Rejects when there is no whole answer in time, or when it is too long. The status is the caller's to judge. */
export const requestText: RequestText = (url, { method, headers, timeoutMs }) =>
  new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const sent = request(url, { method, headers, signal, agent: false }, (response) => {
      readText(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
    });
    sent.on('error', reject);
    sent.end();
  });

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > LONGEST_ANSWER_BYTES) throw new Error(`the answer is longer than ${LONGEST_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
