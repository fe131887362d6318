import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'

export interface Note {
  id: string
  userId: string
  documentId: string
  text: string
  writtenAt: string
}

export interface Settings {
  /** Characters of a note. */
  maxLength: number
  /** Notes of one person. */
  maxNotes: number
}

export interface Notes {
  settings(): Settings
  changeSettings(change: Partial<Settings>): Promise<void>
  of(userId: string): Note[]
  /** @throws Error with a sentence for the person */
  write(userId: string, documentId: string, text: string): Promise<Note>
  /** Resolves when everything is on the disk. */
  settled(): Promise<void>
}

const DEFAULTS: Settings = { maxLength: 2000, maxNotes: 500 }

/** Keeps notes in memory and in one file, which is always whole: it is written aside and put into place. */
export async function openNotes(file: string): Promise<Notes> {
  const stored = await readStored(file)
  const notes = stored.notes
  let settings = { ...DEFAULTS, ...stored.settings }
  let writing: Promise<void> = Promise.resolve()

  const save = (): Promise<void> => {
    writing = writing
      .catch(() => {})
      .then(async () => {
        await mkdir(path.dirname(file), { recursive: true })
        await writeFile(`${file}.new`, JSON.stringify({ settings, notes }))
        await rename(`${file}.new`, file)
      })
    return writing
  }

  return {
    settings: () => settings,
    async changeSettings(change) {
      settings = { ...settings, ...change }
      await save()
    },
    of: (userId) => notes.filter((note) => note.userId === userId).reverse(),
    async write(userId, documentId, text) {
      const trimmed = text.trim()
      if (trimmed === '') throw new Error('Write something.')
      if ([...trimmed].length > settings.maxLength)
        throw new Error(`A note has at most ${settings.maxLength} characters.`)
      if (notes.filter((note) => note.userId === userId).length >= settings.maxNotes)
        throw new Error(`You have ${settings.maxNotes} notes already.`)
      const note = { id: randomUUID(), userId, documentId, text: trimmed, writtenAt: new Date().toISOString() }
      notes.push(note)
      await save()
      return note
    },
    settled: () => writing.catch(() => {}),
  }
}

async function readStored(file: string): Promise<{ settings: Partial<Settings>; notes: Note[] }> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as { settings: Partial<Settings>; notes: Note[] }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { settings: {}, notes: [] }
    throw error
  }
}
