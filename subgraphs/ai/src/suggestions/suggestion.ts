/** How many open suggestions a document holds: more are not added until some of them are accepted or rejected. */
export const MAX_OPEN = 24

/** Requests for suggestions of one person: each costs money or minutes at the provider. */
export const SUGGEST_LIMIT = { points: 20, windowSeconds: 60 }
