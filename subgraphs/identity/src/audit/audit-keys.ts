/** What the keys of the audit log are derived for, from SECRET_KEY: never to change. */
export const AUDIT_CHAIN = 'audit-chain'
export const AUDIT_HEADS = 'audit-heads'
