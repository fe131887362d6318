/** The text cannot be got out of this file, now or later. The message is for the person who owns it. */
export class Unreadable extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'Unreadable'
  }
}

/** The process that was reading broke: the file may be the reason, or the machine. Only trying again tells. */
export class ReaderBroke extends Error {
  constructor(options?: { cause?: unknown }) {
    super('The file breaks the program that reads it, and is not read.', options)
    this.name = 'ReaderBroke'
  }
}
