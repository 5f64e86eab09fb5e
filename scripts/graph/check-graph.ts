import { join } from 'node:path';
import { readWorkspace, type WorkspacePackage } from '../bootstrap/workspace.mjs';
import type { Finding } from '../verify/stage.ts';
import { checkConsumer } from './check-consumer.ts';
import { checkPackage } from './check-package.ts';
import { readSourceFiles } from './source-file.ts';

const consumers = /^(examples\/|bench$)/;

/** Checks the direction of dependencies and the size of source files in the repository at `root`. */
export async function checkGraph(root: string): Promise<Finding[]> {
  const workspace: WorkspacePackage[] = readWorkspace(root);
  const published = workspace.filter(({ directory }) => directory.startsWith('packages/'));
  const users = workspace.filter(({ directory }) => consumers.test(directory));
  return [
    ...published.flatMap((each) =>
      checkPackage({ ...each, files: readSourceFiles(root, join(each.directory, 'src')) }),
    ),
    ...users.map((each) => checkConsumer({ ...each, files: readSourceFiles(root, each.directory) }, published)),
  ];
}
