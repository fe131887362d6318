import { NOT_YOU, when, type Template } from '../template.ts'

export const twoFactorOff: Template = {
  en: ({ at, ip }) => ({
    subject: 'Two-factor sign-in is off',
    paragraphs: [
      `Since ${when(at)} your account asks for the password alone. It was turned off from the address ${ip ?? 'unknown'}.`,
      NOT_YOU,
    ],
  }),
}
