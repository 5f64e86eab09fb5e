import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

const machinePolicy = '/usr/sbin/policy-rc.d';
const marker = 'Holdfast installs a package and lets it start no service.';

/**
 * Runs the work while packages that are installed start no service (Debian's `policy-rc.d`), and puts the machine's own policy back.
 * When we are killed meanwhile, what stays denies nothing: it asks whether we live, and passes on to the saved policy. Root only.
 */
export async function withServiceStartsDenied<T>(work: () => Promise<T>, policyFile = machinePolicy): Promise<T> {
  const savedFile = `${policyFile}.before-holdfast`;
  // A saved policy that is still there is the machine's own: a run that was killed left ours in its place.
  if (existsSync(policyFile) && !existsSync(savedFile) && !isOurs(policyFile)) renameSync(policyFile, savedFile);
  writeFileSync(policyFile, denyWhileAlive(savedFile));
  chmodSync(policyFile, 0o755);
  try {
    return await work();
  } finally {
    if (existsSync(savedFile)) renameSync(savedFile, policyFile);
    else rmSync(policyFile, { force: true });
  }
}

function isOurs(policyFile: string): boolean {
  return readFileSync(policyFile, 'utf8').includes(marker);
}

function denyWhileAlive(savedFile: string): string {
  return `#!/bin/sh
# ${marker}
kill -0 ${process.pid} 2>/dev/null && exit 101
[ -x "${savedFile}" ] && exec "${savedFile}" "$@"
exit 0
`;
}
