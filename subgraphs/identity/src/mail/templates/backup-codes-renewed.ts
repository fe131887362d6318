import { NOT_YOU, when, type Template } from '../template.ts'

export const backupCodesRenewed: Template = {
  en: ({ at, ip }) => ({
    subject: 'You have new backup codes',
    paragraphs: [
      `New backup codes were made at ${when(at)}, from the address ${ip ?? 'unknown'}. The old ones no longer work.`,
      NOT_YOU,
    ],
  }),
}
