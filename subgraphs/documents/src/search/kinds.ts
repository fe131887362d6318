import { ALLOWED_TYPES, typesOfEnding } from '../documents/file-types.ts'

/** What people call the media types. */
const KINDS: Record<string, (type: string) => boolean> = {
  pdf: (type) => type === 'application/pdf',
  image: (type) => type.startsWith('image/'),
  text: (type) => type.startsWith('text/') || /^application\/(json|yaml|xml)$/.test(type),
  mail: (type) => type === 'message/rfc822',
  document: (type) => /wordprocessingml|opendocument\.text|msword|rtf/.test(type),
  spreadsheet: (type) => /spreadsheet|ms-excel|text\/csv/.test(type),
  presentation: (type) => /presentation|ms-powerpoint/.test(type),
}

/** The media types that `type:` means by one of these names: a kind, an ending or a media type. Null for an unknown name. */
export function typesNamed(name: string): readonly string[] | null {
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined
  if (kind) return ALLOWED_TYPES.filter(kind)
  const byEnding = typesOfEnding(name)
  if (byEnding.length) return byEnding
  return ALLOWED_TYPES.includes(name) ? [name] : null
}
