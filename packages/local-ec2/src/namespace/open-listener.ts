// Opens a listening socket in the network namespace that it is started in and hands it to its parent: a socket stays in the
// namespace in which it was made, so the parent serves there without being there.
// Called with an IPC channel, as: open-listener.ts ADDRESS PORT
import { createServer } from 'node:net';

const [address = '', port = ''] = process.argv.slice(2);
const server = createServer();
server.on('error', (error) => {
  process.send?.({ error: error.message }, () => process.exit(1));
});
server.listen(Number(port), address, () => {
  process.send?.({ listening: true }, server);
});
// The parent has it.
process.on('disconnect', () => process.exit(0));
