// A shim as a shell script that asks the endpoint by curl: a few milliseconds, where Node would start for every call.
import { shellQuote } from './shell-quote.ts';

/** What the script is to ask for, and how. */
export interface CurlShim {
  /** The command that it stands for. */
  readonly name: string;
  /** Where it posts to. */
  readonly url: string;
  /** Absolute path of curl. */
  readonly curl: string;
}

/** The endpoint answers a form with a script that prints what the command prints and exits as it does. */
export function curlShim({ name, url, curl }: CurlShim): string {
  return `#!/bin/sh
count=$#
for word in "$@"; do
  set -- "$@" --data-urlencode "arg=$word"
done
shift "$count"
answer=$(${shellQuote(curl)} --silent --show-error --fail --noproxy '*' --max-time 600 --data-urlencode 'command=${name}' "$@" ${shellQuote(url)}) || {
  echo '${name}: local-ec2 does not answer' >&2
  exit 1
}
eval "$answer"
`;
}
