import { randomUUID } from 'node:crypto'

declare const brand: unique symbol
/** `{userId}/{documentId}/{uuid}{ext}`: unguessable, minted once, never used again. */
export type ObjectKey = string & { readonly [brand]: 'ObjectKey' }

const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/
const MAX_LENGTH = 400

/** Mints the key of new bytes. Of the human file name only a harmless extension remains. */
export function mintObjectKey(ownerId: string, documentId: string, filename: string): ObjectKey {
  const extension = /\.[A-Za-z0-9]{1,10}$/.exec(filename)?.[0].toLowerCase() ?? ''
  return toObjectKey(`${ownerId}/${documentId}/${randomUUID()}${extension}`)
}

/** Checks a key that was stored or listed. Here, above all drivers, traversal ends. @throws Error for anything else */
export function toObjectKey(text: string): ObjectKey {
  const segments = text.split('/')
  if (text.length > MAX_LENGTH || !segments.every((segment) => SEGMENT.test(segment) && !segment.includes('..'))) {
    throw new Error('not an object key')
  }
  return text as ObjectKey
}

/** For names found in a place, where files of others may lie: null for what is no key of ours. */
export function asObjectKey(name: string): ObjectKey | null {
  try {
    return toObjectKey(name)
  } catch {
    return null
  }
}
