import { z } from 'zod'

/** More than a model was ever asked for; what follows is not looked at. */
const MAX_READ = 100

const topic = z.union([
  z.string(),
  z.object({ topic: z.string() }).transform((item) => item.topic),
  z.object({ name: z.string() }).transform((item) => item.name),
])
const topics = z.preprocess((list) => (Array.isArray(list) ? list.slice(0, MAX_READ) : list), z.array(topic))
const answer = z.union([z.object({ topics }).transform((object) => object.topics), topics])

/**
 * The topics in a model's answer, or null when there are none to be read. Servers that do not hold a model to the
 * schema let it think aloud, fence its JSON, leave the object away or talk around it.
 */
export function readTopics(content: string): string[] | null {
  const spoken = content.replace(/<think>[\s\S]*?<\/think>/g, '').trim()
  // A list inside an object is a part of something else.
  const list = /^[^{]*\[/.test(spoken) ? between(spoken, '[', ']') : ''
  for (const candidate of [spoken, fenced(spoken), between(spoken, '{', '}'), list]) {
    const parsed = answer.safeParse(parseJson(candidate))
    if (parsed.success) return parsed.data
  }
  return null
}

function fenced(text: string): string {
  return /```\w*\s*\n?([\s\S]*?)```/.exec(text)?.[1] ?? ''
}

function between(text: string, open: string, close: string): string {
  const start = text.indexOf(open)
  return start === -1 ? '' : text.slice(start, text.lastIndexOf(close) + 1)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
