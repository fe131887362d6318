import { NOT_YOU, when, type Template } from '../template.ts'

export const passwordChanged: Template = {
  en: ({ at, ip }) => ({
    subject: 'Your password was changed',
    paragraphs: [
      `The password of your account was changed at ${when(at)}, from the address ${ip ?? 'unknown'}. All other sign-ins have ended. API tokens go on working: look through them.`,
      NOT_YOU,
    ],
  }),
}
