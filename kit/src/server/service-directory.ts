/** The four services of the house, by the names they use as JWT audiences, database names and queue names. */
export const SERVICES = ['identity', 'documents', 'storage', 'ai'] as const
export type ServiceName = (typeof SERVICES)[number]

/** Where each service answers from inside, without a trailing slash. Filled once all of them listen. */
export type ServiceDirectory = Record<ServiceName, string>
