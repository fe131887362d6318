import { useClientHandle } from '@urql/vue'
import { ref } from 'vue'
import { describeErrorBriefly } from '@/graphql/describe-error.ts'
import { graphql } from '@/graphql/graphql.ts'

const DownloadTicket = graphql(`
  query DownloadButton_Ticket($id: ID!) {
    document(id: $id) {
      id
      filename
      file {
        download {
          url
          expiresAt
        }
      }
    }
  }
`)

/** Tickets expire within minutes, so one is asked for at the moment it is used. */
export function useDownload() {
  const { client } = useClientHandle()
  const pending = ref(false)
  const problem = ref('')

  async function download(id: string): Promise<void> {
    pending.value = true
    problem.value = ''
    const { data, error } = await client.query(DownloadTicket, { id }, { requestPolicy: 'network-only' }).toPromise()
    pending.value = false
    const url = data?.document?.file?.download.url
    if (url) follow(url, data.document!.filename)
    else problem.value = error ? describeErrorBriefly(error) : 'The file is not there any more. Reload the page.'
  }

  return { download, pending, problem }
}

function follow(url: string, filename: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = filename
  link.rel = 'noreferrer'
  link.click()
}
