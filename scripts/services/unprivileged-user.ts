import { execFileSync } from 'node:child_process';

export interface UnixUser {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: when we are root, it runs as `nobody`; else as ourselves (`undefined`). */
export function unprivilegedUser(): UnixUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
