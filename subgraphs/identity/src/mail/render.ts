import type { Template, Values } from './template.ts'

export interface RenderedMail {
  subject: string
  text: string
  html: string
}

/** Line breaks and control characters: in a header they would begin another one. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]+/gu

/** A mail in a person's language, or in English, as text and as HTML with the same words. */
export function renderMail(template: Template, language: string, values: Values, footer: string): RenderedMail {
  // Names and the like come from people: they stay on the line they are put on.
  const flat = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value?.replace(CONTROL, ' ')]))
  const write = template[language] ?? template.en
  const { subject, paragraphs, action } = write(flat)
  const greeting = flat.name ? `${flat.name},` : ''
  const lines = [greeting, ...paragraphs, action ? action.url : '', `-- \n${footer}`]
  return { subject: subject.replace(CONTROL, ' '), text: lines.filter(Boolean).join('\n\n'), html: toHtml() }

  function toHtml(): string {
    const body = [greeting, ...paragraphs].filter(Boolean).map((line) => `<p>${escape(line)}</p>`)
    if (action)
      body.push(`<p><a href="${escape(action.url)}">${escape(action.label)}</a></p><p>${escape(action.url)}</p>`)
    return [
      `<!doctype html><html lang="${template[language] ? escape(language) : 'en'}"><head><meta charset="utf-8">`,
      `<title>${escape(subject)}</title></head>`,
      '<body style="font-family: system-ui, sans-serif; line-height: 1.5; max-width: 36em; margin: 2em auto">',
      ...body,
      `<p style="color: #666; font-size: 0.85em">${escape(footer)}</p></body></html>`,
    ].join('\n')
  }
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
