import { toGlobalId } from '@archivolt/kit/graph/global-id'
import { builder } from '../graph/builder.ts'

export const TopicRef = builder.prismaObject('Topic', {
  description: 'A word that says what documents are about; a document has many.',
  fields: (t) => ({
    id: t.id({ resolve: (topic) => toGlobalId('Topic', topic.id) }),
    name: t.exposeString('name'),
    documentCount: t.int({
      description: 'Documents that have it, those in the trash too.',
      resolve: (topic, _args, { loaders }) => loaders.topicCount.load(topic.id),
    }),
  }),
})
