import { fileKind } from './file-kind.ts'
import { term } from './search-terms.ts'

interface Facets {
  categories: readonly { count: number; category: { id: string; name: string } | null }[]
  topics: readonly { count: number; topic: { id: string; name: string } | null }[]
  types: readonly { value: string | null; count: number }[]
  years: readonly { value: string | null; count: number }[]
  languages: readonly { value: string | null; count: number }[]
}
export interface FacetGroup {
  label: string
  choices: { label: string; term: string; count: number }[]
}

const languageName = (code: string): string => {
  try {
    return new Intl.DisplayNames(undefined, { type: 'language' }).of(code) ?? code
  } catch {
    return code
  }
}

/** How the matches spread, with the text of the filter that each choice stands for. Groups without a choice are left out. */
export function facetGroups(facets: Facets, tree: readonly { path: string; category: { id: string } }[]): FacetGroup[] {
  const paths = new Map(tree.map(({ path, category }) => [category.id, path]))
  const groups: FacetGroup[] = [
    {
      label: 'Category',
      choices: facets.categories.map(({ category, count }) => {
        // Somebody else’s category is not in the tree: its name has to do.
        const path = category ? (paths.get(category.id) ?? category.name) : null
        return { label: path ?? 'None', term: path ? term('category', path) : 'category:none', count }
      }),
    },
    {
      label: 'Topic',
      choices: facets.topics.map(({ topic, count }) => ({
        label: topic?.name ?? 'None',
        term: topic ? term('topic', topic.name) : 'topic:none',
        count,
      })),
    },
    {
      label: 'Type',
      choices: facets.types.flatMap(({ value, count }) =>
        value ? [{ label: fileKind(value).name, term: term('type', value), count }] : [],
      ),
    },
    {
      label: 'Year',
      choices: facets.years.flatMap(({ value, count }) =>
        value ? [{ label: value, term: `date:${value}`, count }] : [],
      ),
    },
    {
      label: 'Language',
      choices: facets.languages.flatMap(({ value, count }) =>
        value ? [{ label: languageName(value), term: `language:${value}`, count }] : [],
      ),
    },
  ]
  return groups.filter(({ choices }) => choices.length > 0)
}
