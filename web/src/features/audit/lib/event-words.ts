/** The services that write to the log. */
export const SERVICES = ['identity', 'documents', 'storage', 'ai']

/** Types worth looking for, offered while one types; others are found as well. */
export const TYPES = [
  'identity.session.opened',
  'identity.session.token-reused',
  'identity.user.changed',
  'identity.group.created',
  'identity.group.changed',
  'identity.group.deleted',
  'identity.group.member-added',
  'identity.group.member-removed',
  'identity.app.granted',
  'identity.app.revoked',
  'identity.plugin.registered',
  'identity.plugin.settings-changed',
  'identity.plugin.wider-access-asked',
  'identity.plugin.wider-access-approved',
  'identity.audit.exported',
  'documents.document.shared',
  'documents.document.unshared',
  'documents.document.purged',
  'documents.link.created',
  'documents.link.downloaded',
  'documents.link.revoked',
  'documents.limits.updated',
  'storage.backend.added',
  'storage.quota.changed',
  'storage.garbage.approved',
  'storage.connection.disconnected',
]

/** `identity.group.member-added` reads "Group: member added". */
export function wordsOf(type: string): string {
  const [, thing = type, ...happened] = type.split('.')
  const plain = (part: string) => part.replaceAll('-', ' ')
  const subject = plain(thing)
  const head = `${subject.charAt(0).toUpperCase()}${subject.slice(1)}`
  return happened.length > 0 ? `${head}: ${happened.map(plain).join(' ')}` : head
}
