/** An answer of topics has a few hundred bytes, a list of models some hundred thousand; more than this is a fault. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024

/**
 * `fetch` that fails on an answer that does not end, and does not follow redirects: the text of a document goes to the
 * address an administrator chose and to no other.
 */
export const boundedFetch: typeof fetch = async (input, init) => {
  const reply = await fetch(input, { ...init, redirect: 'error' })
  if (!reply.body) return reply
  let size = 0
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      size += chunk.byteLength
      if (size > MAX_ANSWER_BYTES) controller.error(new RangeError(`more than ${MAX_ANSWER_BYTES} bytes`))
      else controller.enqueue(chunk)
    },
  })
  return new Response(reply.body.pipeThrough(counted), reply)
}
