import { NOT_YOU, when, type Template } from '../template.ts'

export const apiTokenCreated: Template = {
  en: ({ tokenName, scopes, at, ip }) => ({
    subject: 'A new API token',
    paragraphs: [
      `The API token “${tokenName ?? ''}” (${scopes ?? ''}) was made for your account at ${when(at)}, from the address ${ip ?? 'unknown'}.`,
      NOT_YOU,
    ],
  }),
}
