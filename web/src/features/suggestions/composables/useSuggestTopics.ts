import { useMutation } from '@urql/vue'
import { computed, ref } from 'vue'
import { describeErrorBriefly } from '@/graphql/describe-error.ts'
import { graphql } from '@/graphql/graphql.ts'
import { TopicChip_Suggestion } from '../components/TopicChip.vue'

const SuggestTopics = graphql(
  `
    mutation TopicSuggestions_Suggest($input: SuggestTopicsInput!) {
      suggestTopics(input: $input) {
        __typename
        ... on SuggestTopicsSuccess {
          suggestions {
            id
            ...TopicChip_Suggestion
          }
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [TopicChip_Suggestion],
)

export function useSuggestTopics() {
  const { executeMutation, fetching } = useMutation(SuggestTopics)
  const problem = ref('')
  const nothing = ref(false)

  async function suggest(documentId: string): Promise<void> {
    problem.value = ''
    nothing.value = false
    const { data, error } = await executeMutation({ input: { documentId } })
    const answer = data?.suggestTopics
    if (answer?.__typename === 'SuggestTopicsSuccess') nothing.value = answer.suggestions.length === 0
    else if (answer) problem.value = answer.message
    else if (error) problem.value = describeErrorBriefly(error)
  }

  return { suggest, pending: computed(() => fetching.value), problem, nothing }
}
