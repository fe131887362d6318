import type { Template } from '../template.ts'

export const resetPassword: Template = {
  en: ({ link }) => ({
    subject: 'Choose a new password',
    paragraphs: [
      'Somebody, probably you, has asked for a new password. This link works once, within an hour; a newer one replaces it.',
      'If this was not you, you need do nothing: your password stays as it is.',
    ],
    action: { label: 'Choose a new password', url: link ?? '' },
  }),
}
