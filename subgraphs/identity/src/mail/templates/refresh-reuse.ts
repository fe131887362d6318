import { when, type Template } from '../template.ts'

export const refreshReuse: Template = {
  en: ({ device, ip, at }) => ({
    subject: 'A sign-in of yours was ended for safety',
    paragraphs: [
      `At ${when(at)} an old key of your sign-in on ${device ?? 'one of your devices'} was shown again, from the address ${ip ?? 'unknown'}. Somebody may have copied it, so this sign-in has ended, for them and for you. Sign in again on that device.`,
      'If it happens again, change your password and look over your devices.',
    ],
  }),
}
