import type { Client } from '@urql/core'
import { describeErrorBriefly } from '@/graphql/describe-error.ts'
import type { VariablesOf } from '@/graphql/graphql.ts'
import { AbortUpload, CompleteUpload, CreateUpload, ReplaceFile } from '../upload-documents.ts'
import { putBytes } from './put-bytes.ts'
import { UploadFailure, type UploadPorts } from './upload-queue.ts'

/** Refusals of the file itself; of everything else (a full quota, a service away) time may be the cure. */
const FINAL = new Set([
  'UploadTooLargeError',
  'UnsupportedTypeError',
  'InvalidInputError',
  'NotAllowedError',
  'NotFoundError',
  'InTrashError',
])

export function uploadPorts(client: Client): UploadPorts {
  const create = async (input: VariablesOf<typeof CreateUpload>['input']) => {
    const { data, error } = await client.mutation(CreateUpload, { input }).toPromise()
    return { answer: data?.createUpload, error }
  }
  const replace = async (input: VariablesOf<typeof ReplaceFile>['input']) => {
    const { data, error } = await client.mutation(ReplaceFile, { input }).toPromise()
    return { answer: data?.replaceFile, error }
  }
  return {
    async create(file, replaces) {
      const input = { filename: file.name, contentType: file.type || 'application/octet-stream', size: file.size }
      const { answer, error } = replaces ? await replace({ ...input, id: replaces }) : await create(input)
      if (answer?.__typename === 'CreateUploadSuccess' || answer?.__typename === 'ReplaceFileSuccess') {
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
