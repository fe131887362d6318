import { useQuery } from '@urql/vue'
import { computed } from 'vue'
import { describeError } from '@/graphql/describe-error.ts'
import { Categories } from '../category-documents.ts'
import { treeOf } from '../lib/category-tree.ts'

/** The person's categories as a tree; undefined until they are known. */
export function useCategories() {
  const { data, error, fetching, executeQuery } = useQuery({ query: Categories, variables: {} })
  const trouble = computed(() => error.value && describeError(error.value))
  const tree = computed(() => data.value && treeOf(data.value.categories))
  const reload = () => void executeQuery({ requestPolicy: 'network-only' })
  return { tree, trouble, fetching, reload }
}
