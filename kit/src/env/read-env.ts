import { z } from 'zod'

export class EnvironmentError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`The environment is not usable:\n${problems.map((p) => `  - ${p}`).join('\n')}`)
    this.name = 'EnvironmentError'
    this.problems = problems
  }
}

/**
 * Parses `source` with `shape` and returns a frozen object. An empty value counts as absent, so that
 * `VAR=` in an env file means "use the default".
 * @throws EnvironmentError naming every faulty variable at once; values are never repeated, they may be secrets.
 */
export function readEnv<Shape extends z.ZodRawShape>(
  shape: Shape,
  source: Record<string, string | undefined>,
): Readonly<z.infer<z.ZodObject<Shape>>> {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = z.object(shape).safeParse(given)
  if (parsed.success) return Object.freeze(parsed.data)
  throw new EnvironmentError(
    parsed.error.issues.map((issue) => {
      const name = issue.path.join('.')
      return given[name] === undefined ? `${name} is missing` : `${name}: ${issue.message}`
    }),
  )
}

/** Reads with `read`; prints every problem and exits 1 when the environment is not usable. For `main.ts` only. */
export function readEnvOrExit<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}
