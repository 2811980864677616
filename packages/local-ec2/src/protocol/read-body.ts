// The body of an HTTP request, up to a limit.
import type { IncomingMessage } from 'node:http';

/** Reads a whole body as text. @returns undefined when it is larger than the limit; the rest is not read then */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
