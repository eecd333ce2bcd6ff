// What `npm start` looks at before it does anything: each problem is one line that says what to do.
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';

/** Ends the process with a line on standard error. */
export function refuse(message) {
  console.error(message);
  process.exit(1);
}

/** @param {readonly string[]} known such as `--once` */
export function refuseUnknownOptions(known) {
  const unknown = process.argv.slice(2).find((argument) => !known.includes(argument));
  if (unknown !== undefined) refuse(`npm start does not know ${unknown}. It takes, after \`--\`: ${known.join(', ')}.`);
}

/** By `engines` of package.json, which npm does not check for a script. */
export function refuseOldNode(root, version = process.versions.node) {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [, major, minor] = /^>=(\d+)\.(\d+)$/.exec(engines.node);
  const [haveMajor, haveMinor] = version.split('.').map(Number);
  if (haveMajor > Number(major) || (haveMajor === Number(major) && haveMinor >= Number(minor))) return;
  refuse(
    `BizInsights needs Node.js ${major}.${minor} or newer, and this is ${version} (${process.execPath}): ` +
      'install a newer one from https://nodejs.org, or with your version manager.',
  );
}

/** Makes the folder where it is missing. */
export function refuseUnwritable(folder, setting = '') {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    refuse(`${folder} cannot be written to (${error.code}): change its owner or its permissions${setting}.`);
  }
}

/** @param {string} port as PORT has it */
export async function refuseTakenPort(port) {
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)
    refuse(`PORT is "${port}", and must be a number from 1 to 65535.`);
  const server = createServer();
  server.listen(Number(port), '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    const why = { EADDRINUSE: 'is taken by another program', EACCES: 'is not allowed for this user' }[error.code];
    refuse(`Port ${port} ${why ?? `cannot be used (${error.code})`}: PORT=3012 npm start takes another one.`);
  }
  server.close();
}

/** @param {string} name of the variable that has the server's address */
export async function refuseAbsentServer(name, defaultPort) {
  const address = process.env[name]?.trim();
  if (!address) return;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  // Several hosts, a socket's path and the like: whoever connects says what is wrong with it.
  if (!url?.hostname) return;
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const socket = createConnection({ host, port: Number(url.port) || defaultPort, timeout: 10_000 });
  socket.on('timeout', () => socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
  try {
    await once(socket, 'connect');
  } catch (error) {
    const where = `${url.hostname}:${url.port || defaultPort}`;
    refuse(`Nothing answers at ${where}, where ${name} points to (${error.code}): start it, or correct ${name}.`);
  }
  socket.destroy();
}
