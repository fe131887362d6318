/** The text cannot be got out of this file, now or later. The message is for the person who owns it. */
export class Unreadable extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'Unreadable'
  }
}
