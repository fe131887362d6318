/** Where documents are looked at. */
export type Place = 'library' | 'shared' | 'trash'

/** What each place is about, as a search. */
export const BASES: Record<Place, string> = { library: '', shared: 'owner:others', trash: 'is:trashed' }
