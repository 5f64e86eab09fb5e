import { HoldfastError } from './holdfast-error.ts';
import { quoted } from './quoted.ts';

/** A message in a version of its event that the receiver does not know, mostly a newer one. Park it until deployed. */
export class UnknownEventVersionError extends HoldfastError {
  readonly code = 'ERR_CORE_UNKNOWN_EVENT_VERSION';
  override readonly failureClass = 'permanent';
  readonly type: string;
  readonly dataschema: string;
  readonly latestVersion: number;

  constructor(type: string, dataschema: string, latestVersion: number) {
    super(
      `The message has schema ${quoted(dataschema, 200)}, but event ${quoted(type)} is known up to version ${latestVersion}. ` +
        'Deploy a receiver that knows it, then redrive.',
    );
    this.type = type;
    this.dataschema = dataschema;
    this.latestVersion = latestVersion;
  }
}
