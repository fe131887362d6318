import { NOT_YOU, when, type Template } from '../template.ts'

/** Goes to the old address and to the new one. */
export const emailChanged: Template = {
  en: ({ at, newEmail }) => ({
    subject: 'Your email address was changed',
    paragraphs: [`The address of your account is ${newEmail ?? 'another one'} since ${when(at)}.`, NOT_YOU],
  }),
}
