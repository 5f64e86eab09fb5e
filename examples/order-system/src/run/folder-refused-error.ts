import { quoted } from '@holdfast/core';

/** The folder for the databases cannot be used. */
export class FolderRefusedError extends Error {
  readonly code = 'ERR_ORDER_SYSTEM_FOLDER_REFUSED';

  /** @param reason To follow "because". */
  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`The folder ${quoted(path, 300)} cannot be used, because ${reason}.`, options);
    this.name = 'FolderRefusedError';
  }
}
