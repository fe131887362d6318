import { NOT_YOU, when, type Template } from '../template.ts'

export const newDevice: Template = {
  en: ({ device, ip, at }) => ({
    subject: 'A new sign-in to your account',
    paragraphs: [
      `Your account was signed in to at ${when(at)} on a device it had not been used on: ${device ?? 'an unknown one'}, from the address ${ip ?? 'unknown'}.`,
      NOT_YOU,
    ],
  }),
}
