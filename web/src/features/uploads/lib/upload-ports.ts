import type { Client } from '@urql/core'
import { describeErrorBriefly } from '@/graphql/describe-error.ts'
import { AbortUpload, CompleteUpload, CreateUpload } from '../upload-documents.ts'
import { putBytes } from './put-bytes.ts'
import { UploadFailure, type UploadPorts } from './upload-queue.ts'

/** Refusals of the file itself; of everything else (a full quota, a service away) time may be the cure. */
const FINAL = new Set(['UploadTooLargeError', 'UnsupportedTypeError', 'InvalidInputError'])

export function uploadPorts(client: Client): UploadPorts {
  return {
    async create(file) {
      const input = { filename: file.name, contentType: file.type || 'application/octet-stream', size: file.size }
      const { data, error } = await client.mutation(CreateUpload, { input }).toPromise()
      const answer = data?.createUpload
      if (answer?.__typename === 'CreateUploadSuccess') {
        const { id, document, method, url, headers, partSize, parts } = answer.upload
        return { uploadId: id, documentId: document.id, method, url, headers, partSize, parts }
      }
      if (answer) throw new UploadFailure(answer.message, FINAL.has(answer.__typename) ? 'never' : 'again')
      throw new UploadFailure(describeErrorBriefly(error!))
    },

    put: putBytes,

    async complete({ uploadId }) {
      const { data, error } = await client.mutation(CompleteUpload, { input: { uploadId } }).toPromise()
      const answer = data?.completeUpload
      if (answer?.__typename === 'CompleteUploadSuccess') return answer.document
      if (answer?.__typename === 'UnavailableError') throw new UploadFailure(answer.message, 'complete')
      if (answer) throw new UploadFailure(answer.message)
      throw new UploadFailure(describeErrorBriefly(error!), 'complete')
    },

    async abort({ uploadId }) {
      await client.mutation(AbortUpload, { input: { uploadId } }).toPromise()
    },
  }
}
