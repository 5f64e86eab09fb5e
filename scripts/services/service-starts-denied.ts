import { chmodSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';

const policyFile = '/usr/sbin/policy-rc.d';
const savedFile = `${policyFile}.before-holdfast`;

/**
 * Runs the work while packages that are installed start no service (Debian's `policy-rc.d`), and puts the machine's own policy back.
 * When we are killed meanwhile, what stays denies nothing: it asks whether we live, and passes on to the saved policy. Root only.
 */
export async function withServiceStartsDenied<T>(work: () => Promise<T>): Promise<T> {
  // A saved policy that is still there is the machine's own: a run that was killed left ours in its place.
  if (existsSync(policyFile) && !existsSync(savedFile)) renameSync(policyFile, savedFile);
  writeFileSync(policyFile, denyWhileAlive());
  chmodSync(policyFile, 0o755);
  try {
    return await work();
  } finally {
    if (existsSync(savedFile)) renameSync(savedFile, policyFile);
    else rmSync(policyFile, { force: true });
  }
}

function denyWhileAlive(): string {
  return `#!/bin/sh
kill -0 ${process.pid} 2>/dev/null && exit 101
[ -x ${savedFile} ] && exec ${savedFile} "$@"
exit 0
`;
}
