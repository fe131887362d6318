import type { Template } from '../template.ts'

export const cloudConnectionBroken: Template = {
  en: ({ connection, provider, account, reason, url }) => ({
    subject: 'A cloud of yours is no longer connected',
    paragraphs: [
      `The vault can no longer reach ${[connection, provider && `(${provider})`, account].filter(Boolean).join(' ') || 'one of your clouds'}. ${reason ?? ''}`.trim(),
      'What is kept there cannot be opened until you connect it again. Nothing was deleted.',
    ],
    action: url ? { label: 'Connect it again', url } : undefined,
  }),
}
