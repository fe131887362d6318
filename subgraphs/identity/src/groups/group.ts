import { InvalidInputError } from '@archivolt/kit/errors/domain-error'

const MAX_NAME = 60
const MAX_DESCRIPTION = 300
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

/** Names of groups end like this only when the vault makes them, one for each feature. */
const ADMIN_SUFFIX = '-admin'
export const adminGroupOf = (feature: string): string => `${feature}${ADMIN_SUFFIX}`

/** Two names that look the same are the same: capitals, compatibility forms and repeated spaces do not set them apart. */
export const nameKeyOf = (name: string): string =>
  name.normalize('NFKC').toLowerCase().normalize('NFKC').trim().replace(/\s+/g, ' ')

/** @throws InvalidInputError */
export function normalizeGroupName(name: string): string {
  const normal = name.normalize('NFC').trim().replace(/ +/g, ' ')
  if (normal === '') throw new InvalidInputError('name', 'Give the group a name.')
  if ([...normal].length > MAX_NAME || CONTROL.test(normal))
    throw new InvalidInputError('name', `A name has at most ${MAX_NAME} characters and no line breaks.`)
  if (nameKeyOf(normal).endsWith(ADMIN_SUFFIX))
    throw new InvalidInputError('name', `Names that end with "${ADMIN_SUFFIX}" belong to the groups the vault makes.`)
  return normal
}

/** @throws InvalidInputError */
export function normalizeDescription(text: string): string {
  const normal = text.normalize('NFC').trim()
  if ([...normal].length > MAX_DESCRIPTION)
    throw new InvalidInputError('description', `A description has at most ${MAX_DESCRIPTION} characters.`)
  return normal
}
