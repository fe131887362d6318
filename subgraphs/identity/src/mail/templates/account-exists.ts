import type { Template } from '../template.ts'

export const accountExists: Template = {
  en: () => ({
    subject: 'You have an account already',
    paragraphs: [
      'Somebody, perhaps you, asked to use this address for an account. It has one already: sign in with it, or ask for a new password if you have forgotten yours.',
      'If this was not you, you need do nothing.',
    ],
  }),
}
