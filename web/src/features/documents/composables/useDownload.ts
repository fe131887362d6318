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

const VersionTickets = graphql(`
  query DownloadButton_Versions($id: ID!) {
    document(id: $id) {
      id
      versions {
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
  }
`)

type Found = { filename: string; file: { download: { url: string } } | null } | null | undefined

/** Tickets expire within minutes, so one is asked for at the moment it is used. */
export function useDownload() {
  const { client } = useClientHandle()
  const { fetchFile, ...rest } = useFetchFile()
  const download = (id: string) =>
    fetchFile(async () => {
      const { data, error } = await client.query(DownloadTicket, { id }, { requestPolicy: 'network-only' }).toPromise()
      return { found: data?.document, error }
    })
  return { download, ...rest }
}

/** The same for a file that the document had. */
export function useVersionDownload() {
  const { client } = useClientHandle()
  const { fetchFile, ...rest } = useFetchFile()
  const download = (id: string, versionId: string) =>
    fetchFile(async () => {
      const { data, error } = await client.query(VersionTickets, { id }, { requestPolicy: 'network-only' }).toPromise()
      return { found: data?.document?.versions.find((version) => version.id === versionId), error }
    })
  return { download, ...rest }
}

function useFetchFile() {
  const pending = ref(false)
  const problem = ref('')

  async function fetchFile(
    ask: () => Promise<{ found: Found; error?: Parameters<typeof describeErrorBriefly>[0] }>,
  ): Promise<void> {
    pending.value = true
    problem.value = ''
    const { found, error } = await ask()
    pending.value = false
    if (found?.file) follow(found.file.download.url, found.filename)
    else problem.value = error ? describeErrorBriefly(error) : 'The file is not there any more. Reload the page.'
  }
  return { fetchFile, pending, problem }
}

function follow(url: string, filename: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = filename
  link.rel = 'noreferrer'
  link.click()
}
