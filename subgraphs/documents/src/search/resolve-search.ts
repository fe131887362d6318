import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import { Prisma, type PrismaClient } from '../../prisma/client/client.ts'
import { MAX_CATEGORIES, withDescendants } from '../categories/category.ts'
import type { Access } from '../documents/access.ts'
import { typesNamed } from './kinds.ts'
import { MAX_SEARCH, parseSearch, type Filter, type ParsedSearch, type Term } from './parse-search.ts'
import type { SearchPlan } from './plan.ts'

type Db = Pick<PrismaClient, '$queryRaw'>

/** Categories, or topics, of others that one search means. */
const MOST_FOREIGN = 5_000

/** Filters that a program gives by type rather than by text. What is left out filters nothing. */
export interface DocumentFilter {
  categoryId?: string | null
  /** All of them. */
  topicIds?: readonly string[] | null
  /** Any of them: media types. */
  contentTypes?: readonly string[] | null
  ownership?: 'MINE' | 'OTHERS' | null
  /** Days, `2025-10-09`. */
  dateFrom?: string | null
  /** Exclusive. */
  dateTo?: string | null
  addedFrom?: string | null
  addedTo?: string | null
  language?: string | null
  shared?: boolean | null
  failed?: boolean | null
  trashed?: boolean | null
}

/** Turns what was typed, and what was chosen beside it, into a plan. @throws InvalidInputError for a filter that is none */
export const resolveSearch =
  (deps: { db: Db; now: () => number }) =>
  async (access: Access, search: string | null | undefined, filter: DocumentFilter = {}): Promise<SearchPlan> => {
    const today = new Date(Math.floor(deps.now() / 86_400_000) * 86_400_000)
    const parsed = parseSearch(clean(search ?? ''), today)
    const plan: SearchPlan = {
      query: null,
      titleQuery: null,
      marks: null,
      words: wordsOf(parsed),
      anyOf: [],
      noneOf: [],
      days: [],
      added: [],
      sizes: [],
      trashed: false,
      impossible: parsed.problems.length > 0,
      problems: [...parsed.problems],
      hints: [...parsed.hints],
    }
    const [names] = await Promise.all([
      namesOf(deps.db, access, parsed, filter),
      parsed.groups.length > 0 ? applyWords(deps.db, plan, parsed.groups) : null,
    ])
    for (const each of parsed.filters) apply(plan, each, access, names)
    applyChosen(plan, filter, access, names)
    return plan
  }

/** PostgreSQL's text has no NUL, and half a surrogate pair is not UTF-8. */
const clean = (text: string): string => text.slice(0, MAX_SEARCH).replaceAll('\0', ' ').toWellFormed()

function wordsOf({ groups }: ParsedSearch): string[] {
  return groups
    .flat()
    .filter(({ negated, title }) => !negated && !title)
    .map(({ text }) => text.toLowerCase())
    .toSorted((a, b) => b.length - a.length)
}

async function applyWords(db: Db, plan: SearchPlan, groups: readonly Term[][]): Promise<void> {
  const titled = groups.filter((group) => group.every(({ title, negated }) => title && !negated))
  const wanted = groups.flat().filter(({ negated, title }) => !negated && !title)
  const none = Prisma.sql`''::tsquery`
  const [row] = await db.$queryRaw<{ query: string; title: string; marks: string }[]>`
    SELECT (${queryOf(groups)})::text AS query, (${titled.length ? queryOf(titled) : none})::text AS title,
      (${wanted.length ? queryOf([wanted]) : none})::text AS marks`
  if (row?.query) plan.query = row.query
  else plan.impossible = true
  plan.titleQuery = row?.title || null
  plan.marks = row?.marks || null
}

/** The words as one tsquery: groups by AND, the terms of a group by OR. */
function queryOf(groups: readonly Term[][]): Prisma.Sql {
  const all = groups.map((group) => Prisma.sql`(${Prisma.join(group.map(termSql), ' || ')})`)
  return Prisma.join(all, ' && ')
}

function termSql(term: Term): Prisma.Sql {
  const sql = plainSql(term)
  return term.negated ? Prisma.sql`!!(${sql})` : sql
}

function plainSql({ kind, text }: Term): Prisma.Sql {
  if (kind === 'phrase') return Prisma.sql`phraseto_tsquery('public.folded', ${text})`
  if (kind === 'word') return Prisma.sql`public.search_word(${text})`
  return Prisma.sql`(public.search_word(${text}) || to_tsquery('public.folded', ${`'${text}':*`}))`
}

interface Names {
  /** All of the person's own. */
  categories: { id: string; parentId: string | null; folded: string; name: string }[]
  /** Of those who share something with them: by the name in the search, with all that lies in them. */
  foreign: Map<string, string[]>
  topics: { id: string; folded: string }[]
  /** What the names in the search are without case and accents. */
  folded: Map<string, string>
  /** The topic nearest to a name that is none. */
  nearTopic: Map<string, string>
}

/** The categories and topics a search may mean: one's own, and those of whoever shares something with one. */
async function namesOf(db: Db, access: Access, parsed: ParsedSearch, filter: DocumentFilter): Promise<Names> {
  const of = (key: 'category' | 'topic') => parsed.filters.flatMap((each) => (each.key === key ? [each.name] : []))
  const [inCategories, withTopics] = [of('category'), of('topic')]
  const named = [...inCategories, ...withTopics]
  const none: Names = { categories: [], foreign: new Map(), topics: [], folded: new Map(), nearTopic: new Map() }
  if (named.length === 0 && !filter.categoryId) return none
  // Only owners share, so whoever made a share owns what it opens.
  const sharers = Prisma.sql`SELECT s."created_by" FROM "shares" s WHERE s."principal" = ANY(${access.principals}::text[])`
  const [folded, categories, foreign, topics] = await Promise.all([
    db.$queryRaw<{ name: string; folded: string }[]>`
      SELECT name, public.fold(name) AS folded FROM unnest(${named}::text[]) AS name`,
    inCategories.length || filter.categoryId
      ? db.$queryRaw<Names['categories']>`
          SELECT "id", "parent_id" AS "parentId", "folded", "name" FROM "categories"
          WHERE "owner_id" = ${access.userId}::uuid LIMIT ${MAX_CATEGORIES}`
      : [],
    inCategories.length
      ? db.$queryRaw<{ name: string; id: string }[]>`
          WITH RECURSIVE lying AS (
            SELECT wanted AS name, c."id" FROM unnest(${inCategories}::text[]) AS wanted
            JOIN "categories" c ON c."folded" = public.fold(wanted)
            WHERE c."owner_id" <> ${access.userId}::uuid AND c."owner_id" IN (${sharers})
            UNION SELECT lying.name, c."id" FROM lying JOIN "categories" c ON c."parent_id" = lying."id"
          ) SELECT name, "id" FROM lying LIMIT ${MOST_FOREIGN}`
      : [],
    withTopics.length
      ? db.$queryRaw<Names['topics']>`
          SELECT "id", "folded" FROM "topics" WHERE "folded" IN (SELECT public.fold(name) FROM unnest(${withTopics}::text[]) AS name)
            AND ("owner_id" = ${access.userId}::uuid OR "owner_id" IN (${sharers})) LIMIT ${MOST_FOREIGN}`
      : [],
  ])
  const known: Names = {
    categories,
    foreign: new Map(
      [...Map.groupBy(foreign, ({ name }) => name)].map(([name, rows]) => [name, rows.map(({ id }) => id)]),
    ),
    topics,
    folded: new Map(folded.map((row) => [row.name, row.folded])),
    nearTopic: new Map(),
  }
  const unknown = withTopics.filter((name) => topicKeys(name, known).length === 0)
  return unknown.length ? { ...known, nearTopic: await nearTopics(db, access, unknown) } : known
}

/** Of the topics one has, those nearest to names that are none. */
async function nearTopics(db: Db, access: Access, unknown: readonly string[]): Promise<Map<string, string>> {
  const rows = await db.$queryRaw<{ name: string; near: string }[]>`
    SELECT wanted AS name, near."name" AS near FROM unnest(${unknown}::text[]) AS wanted, LATERAL (
      SELECT t."name" FROM "topics" t WHERE t."owner_id" = ${access.userId}::uuid
        AND similarity(t."folded", public.fold(wanted)) > 0.3
      ORDER BY similarity(t."folded", public.fold(wanted)) DESC, t."name" LIMIT 1) near`
  return new Map(rows.map((row) => [row.name, row.near]))
}

function apply(plan: SearchPlan, filter: Filter, access: Access, names: Names): void {
  switch (filter.key) {
    case 'category':
      return addKeys(plan, filter, categoryKeys(filter.name, names), () => unknownCategory(filter.name, names))
    case 'topic':
      return addKeys(plan, filter, topicKeys(filter.name, names), () => unknownTopic(filter.name, names))
    case 'type': {
      const types = filter.names.map(typesNamed)
      const unknown = filter.names.find((_name, at) => types[at] === null)
      const keys = unknown === undefined ? types.flatMap((list) => (list ?? []).map((type) => `m:${type}`)) : []
      return addKeys(
        plan,
        filter,
        keys,
        () =>
          `“${unknown}” is no type. There is pdf, document, spreadsheet, presentation, image, text and mail, or an ending such as docx.`,
      )
    }
    case 'date':
      plan.days.push({ ...filter.range, negated: filter.negated })
      return
    case 'added':
      plan.added.push({ ...filter.range, negated: filter.negated })
      return
    case 'size':
      plan.sizes.push({ ...filter.range, negated: filter.negated })
      return
    case 'owner': {
      const mine = (filter.who === 'me') !== filter.negated
      return addOwner(plan, access, mine)
    }
    case 'language':
      return addKeys(plan, filter, [`l:${filter.code}`], () => '')
    case 'is':
      if (filter.what === 'trashed') {
        plan.trashed ||= !filter.negated
        return
      }
      return addKeys(plan, filter, [`is:${filter.what}`], () => '')
  }
}

function addOwner(plan: SearchPlan, access: Access, mine: boolean): void {
  if (mine) plan.anyOf.push([`o:${access.userId}`, `x:${access.userId}`])
  else plan.noneOf.push(`o:${access.userId}`, `x:${access.userId}`)
}

function addKeys(plan: SearchPlan, filter: Filter, keys: string[], explain: () => string): void {
  if (keys.length === 0) {
    plan.problems.push({ message: explain(), ...filter.at })
    plan.impossible = true
  } else if (filter.negated) plan.noneOf.push(...keys)
  else plan.anyOf.push(keys)
}

/** Ids of the categories that a name, or of one's own a path such as `finance/invoices`, means, with all that lies in them. */
function categoryKeys(name: string, { categories, foreign, folded }: Names): string[] {
  const text = folded.get(name) ?? name
  if (text === 'none') return ['c:none']
  const path = text.split('/').map((part) => part.trim())
  const byId = new Map(categories.map((category) => [category.id, category]))
  const matches = categories.filter((category) => {
    let at: (typeof categories)[number] | undefined = category
    for (const part of path.toReversed()) {
      if (at?.folded !== part) return false
      at = at.parentId ? byId.get(at.parentId) : undefined
    }
    return true
  })
  const own = withDescendants(
    matches.map(({ id }) => id),
    categories,
  )
  return [...own, ...(foreign.get(name) ?? [])].map((id) => `c:${id}`)
}

function topicKeys(name: string, { topics, folded }: Names): string[] {
  const text = folded.get(name) ?? name
  if (text === 'none') return ['t:none']
  return topics.filter((topic) => topic.folded === text).map(({ id }) => `t:${id}`)
}

function unknownCategory(name: string, { categories, folded }: Names): string {
  const near = nearest(folded.get(name) ?? name, categories)
  return `There is no category “${name.slice(0, 60)}”.${near ? ` Did you mean “${near}”?` : ''}`
}

function unknownTopic(name: string, { nearTopic }: Names): string {
  const near = nearTopic.get(name)
  return `There is no topic “${name.slice(0, 60)}”.${near ? ` Did you mean “${near}”?` : ''}`
}

/** The name that shares the most pairs of letters with `wanted`, if they share half of them. */
function nearest(wanted: string, all: readonly { folded: string; name: string }[]): string | null {
  let best: string | null = null
  let most = 0.5
  for (const { folded, name } of all) {
    const score = sharedPairs(wanted, folded)
    if (score > most) [best, most] = [name, score]
  }
  return best
}

/** Dice's coefficient over pairs of neighbouring letters: 1 for the same word, 0 for none in common. */
function sharedPairs(a: string, b: string): number {
  const pairs = (text: string) => new Set(Array.from({ length: text.length - 1 }, (_, at) => text.slice(at, at + 2)))
  if (a.length < 2 || b.length < 2) return 0
  const [one, other] = [pairs(a), pairs(b)]
  return (2 * [...one].filter((pair) => other.has(pair)).length) / (one.size + other.size)
}

/** Topics, or types, of one filter. */
const MOST_CHOSEN = 50
const DAY = /^[12]\d{3}-\d{2}-\d{2}$/

function applyChosen(plan: SearchPlan, filter: DocumentFilter, access: Access, names: Names): void {
  for (const field of ['topicIds', 'contentTypes'] as const)
    if ((filter[field]?.length ?? 0) > MOST_CHOSEN) throw new InvalidInputError(field, `At most ${MOST_CHOSEN}.`)
  if (filter.categoryId) plan.anyOf.push(withDescendants([filter.categoryId], names.categories).map((id) => `c:${id}`))
  for (const id of filter.topicIds ?? []) plan.anyOf.push([`t:${id}`])
  if (filter.contentTypes?.length) plan.anyOf.push(filter.contentTypes.map((type) => `m:${type}`))
  if (filter.ownership) addOwner(plan, access, filter.ownership === 'MINE')
  if (filter.language) plan.anyOf.push([`l:${filter.language.toLowerCase()}`])
  for (const [key, value] of [
    ['is:shared', filter.shared],
    ['is:failed', filter.failed],
  ] as const) {
    if (value === true) plan.anyOf.push([key])
    if (value === false) plan.noneOf.push(key)
  }
  if (filter.trashed) plan.trashed = true
  for (const field of ['dateFrom', 'dateTo', 'addedFrom', 'addedTo'] as const) {
    const day = filter[field]
    if (day && (!DAY.test(day) || Number.isNaN(Date.parse(day))))
      throw new InvalidInputError(field, 'A date is a day such as 2025-10-09.')
  }
  if (filter.dateFrom || filter.dateTo)
    plan.days.push({ from: filter.dateFrom ?? null, to: filter.dateTo ?? null, negated: false })
  if (filter.addedFrom || filter.addedTo)
    plan.added.push({ from: filter.addedFrom ?? null, to: filter.addedTo ?? null, negated: false })
}
