/** How far two texts have the same words, each as often; case and whatever stands between words do not count. */
export function compareWords(expected: string, found: string): { words: number; recall: number; precision: number } {
  const wanted = countWords(expected)
  const got = countWords(found)
  let common = 0
  for (const [word, count] of wanted.counts) common += Math.min(count, got.counts.get(word) ?? 0)
  return {
    words: wanted.total,
    recall: wanted.total ? common / wanted.total : 1,
    precision: got.total ? common / got.total : Number(wanted.total === 0),
  }
}

function countWords(text: string): { total: number; counts: Map<string, number> } {
  const counts = new Map<string, number>()
  const words =
    text
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return { total: words.length, counts }
}
