import { builder } from '../graph/builder.ts'

/** A person, owned by identity: here only who they are. */
export const UserRef = builder.externalRef('User', builder.selection<{ id: string }>('id'), (reference) => reference)
