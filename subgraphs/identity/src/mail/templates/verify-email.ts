import type { Template } from '../template.ts'

export const verifyEmail: Template = {
  en: ({ link }) => ({
    subject: 'Confirm your email address',
    paragraphs: [
      'Open this link to confirm that this address is yours. It works for 24 hours.',
      'If you have not opened an account, you need do nothing.',
    ],
    action: { label: 'Confirm the address', url: link ?? '' },
  }),
}
