import { CategoryRef } from '../categories/category.graph.ts'
import { builder } from '../graph/builder.ts'
import { TopicRef } from '../topics/topic-ref.graph.ts'
import type { Facet, Facets } from './facets.ts'
import type { Problem } from './parse-search.ts'
import type { DocumentPage } from './search-documents.ts'

const SearchProblem = builder.objectRef<Problem>('SearchProblem').implement({
  description: 'A part of a search that does not mean what it was meant to, with its place in the text.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'One sentence for whoever wrote it.' }),
    start: t.exposeInt('start'),
    end: t.exposeInt('end'),
  }),
})

export const SearchInfo = builder.objectRef<DocumentPage>('SearchInfo').implement({
  description: 'How the search was understood.',
  fields: (t) => ({
    problems: t.field({
      type: [SearchProblem],
      description: 'With one of these nothing is found, rather than something else than was asked for.',
      resolve: ({ plan }) => plan.problems,
    }),
    hints: t.field({
      type: [SearchProblem],
      description: 'What was probably meant as a filter, but searched as it stands.',
      resolve: ({ plan }) => plan.hints,
    }),
    didYouMean: t.string({
      nullable: true,
      description: 'A search like this one that names of your documents suggest, where nothing was found.',
      resolve: (page) => page.didYouMean(),
    }),
  }),
})

const FacetCount = builder.objectRef<Facet>('FacetCount').implement({
  fields: (t) => ({
    value: t.exposeString('value', { nullable: true, description: 'Null for none.' }),
    count: t.exposeInt('count'),
  }),
})

const CategoryCount = builder.objectRef<Facet>('CategoryCount').implement({
  fields: (t) => ({
    category: t.field({
      type: CategoryRef,
      nullable: true,
      description: 'Null for documents without one.',
      resolve: ({ value }, _args, { loaders }) => (value ? loaders.category.load(value) : null),
    }),
    count: t.exposeInt('count'),
  }),
})

const TopicCount = builder.objectRef<Facet>('TopicCount').implement({
  fields: (t) => ({
    topic: t.field({
      type: TopicRef,
      nullable: true,
      description: 'Null for documents without any.',
      resolve: ({ value }, _args, { loaders }) => (value ? loaders.topic.load(value) : null),
    }),
    count: t.exposeInt('count'),
  }),
})

export const DocumentFacets = builder.objectRef<Facets>('DocumentFacets').implement({
  description: 'Of each kind at most 30, the largest first.',
  fields: (t) => ({
    categories: t.field({ type: [CategoryCount], resolve: (facets) => facets.categories }),
    topics: t.field({ type: [TopicCount], resolve: (facets) => facets.topics }),
    types: t.field({ type: [FacetCount], description: 'By media type.', resolve: (facets) => facets.types }),
    years: t.field({
      type: [FacetCount],
      description: "By the year of the document's date.",
      resolve: (facets) => facets.years,
    }),
    languages: t.field({ type: [FacetCount], resolve: (facets) => facets.languages }),
  }),
})
