// The program behind the shims of an instance where there is no curl: hands the command to the endpoint, prints its answer, exits with its code.
// Called as: node shim.ts URL COMMAND [ARG ...]
const [url = '', command = '', ...args] = process.argv.slice(2);

try {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify({ command, args }) });
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  const answer = (await response.json()) as { stdout: string; stderr: string; exitCode: number };
  process.stdout.write(answer.stdout);
  process.stderr.write(answer.stderr);
  process.exitCode = answer.exitCode;
} catch (error) {
  process.stderr.write(`${command}: local-ec2 does not answer: ${String(error)}\n`);
  process.exitCode = 1;
}
