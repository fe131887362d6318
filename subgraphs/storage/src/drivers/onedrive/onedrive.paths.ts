import { encodePath } from '../http/http.ts'
import { asObjectKey, type ObjectKey } from '../object-key.ts'

/**
 * How keys are named in a OneDrive. It does not tell capitals apart, and refuses some names that keys may have: there
 * an equals sign, which no key contains, makes the difference. Files end in `.bin`, whatever they are: a business
 * account writes properties of its own into Office files, whose bytes are then no longer the ones that were sent.
 */
const SUFFIX = '.bin'

const REFUSED = /^(con|prn|aux|nul|com\d|lpt\d|forms|desktop\.ini)$|\.$/

const nameOf = (segment: string): string => {
  const name = segment.replace(/[A-Z]/g, (letter) => `=${letter.toLowerCase()}`).replace(/_vti_/g, '_vti=_')
  return REFUSED.test(name) ? `${name}=` : name
}

/** The folder that holds what lies below a prefix. */
export const folderPath = (prefix: string): string => prefix.split('/').map(nameOf).join('/')

/** The file of an object. */
export const filePath = (key: ObjectKey): string => folderPath(key) + SUFFIX

/** The part of a key that a folder's name stands for; null for a name no key has. */
export function segmentOf(name: string): string | null {
  const segment = name.replace(/=([a-z_])/g, (_, letter: string) => letter.toUpperCase()).replace(/=$/, '')
  return nameOf(segment) === name ? segment : null
}

/** The key of a file in the folder of `prefix`; null for a file that is no object. */
export function keyOf(prefix: string, name: string): ObjectKey | null {
  const segment = name.endsWith(SUFFIX) ? segmentOf(name.slice(0, -SUFFIX.length)) : null
  return segment === null ? null : asObjectKey(prefix === '' ? segment : `${prefix}/${segment}`)
}

/** Addresses of items: `base`, or `base:/path`, and of what belongs to them: `base/children`, `base:/path:/children`. */
export function createAddresses(apiBase: string, root: string) {
  const base = `${apiBase}/me/drive/special/approot`
  const item = (path: string, part?: string) => {
    const encoded = encodePath(`${root}/${path}`)
    if (encoded === '') return part ? `${base}/${part}` : base
    return part ? `${base}:/${encoded}:/${part}` : `${base}:/${encoded}`
  }
  return { base, drive: `${apiBase}/me/drive`, item }
}
