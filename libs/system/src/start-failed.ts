/** The base of every failure that a person can do something about. */

/** The system could not be started; the message is for people and says what to do, a stack would tell them nothing. */
export class StartFailed extends Error {
  override readonly name: string = 'StartFailed';
}
