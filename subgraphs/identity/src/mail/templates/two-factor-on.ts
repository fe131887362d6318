import { NOT_YOU, when, type Template } from '../template.ts'

export const twoFactorOn: Template = {
  en: ({ at, ip }) => ({
    subject: 'Two-factor sign-in is on',
    paragraphs: [
      `Since ${when(at)} your account asks for a code beside the password. It was turned on from the address ${ip ?? 'unknown'}. Keep the backup codes where you find them without your phone.`,
      NOT_YOU,
    ],
  }),
}
