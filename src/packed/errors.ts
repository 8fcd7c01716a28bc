import { PermanentError } from '../model/errors.ts';

/** The bytes are not a record that this version can read; reading them again will fail again. */
export class UndecodableMessage extends PermanentError {
  override readonly name = 'UndecodableMessage';
}
