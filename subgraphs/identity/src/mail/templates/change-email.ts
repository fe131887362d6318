import type { Template } from '../template.ts'

/** Goes to both addresses; the change is made when both have agreed. */
export const changeEmail: Template = {
  en: ({ link, newEmail }) => ({
    subject: 'Confirm your new email address',
    paragraphs: [
      `The address of your account is to become ${newEmail ?? 'another one'}. Open this link to agree; another one was sent to the other address, and the change is made when both were opened, within 24 hours.`,
      'If this was not you, do not open the link, change your password and tell your administrator.',
    ],
    action: { label: 'Agree to the change', url: link ?? '' },
  }),
}
