// Started by QEMU for each connection of a guest: carries it to a port of this machine. `relay.ts ADDRESS PORT`
import { connect } from 'node:net';

const [address = '', port = ''] = process.argv.slice(2);
const upstream = connect({ host: address, port: Number(port), allowHalfOpen: true });
// Whichever end breaks, the other is told by the end of this process.
const end = () => process.exit(0);
upstream.on('error', end).on('close', end);
process.stdin.on('error', end);
process.stdout.on('error', end);
process.stdin.pipe(upstream);
upstream.pipe(process.stdout);
upstream.on('end', end);
